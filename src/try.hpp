// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string_view>
#include <utility>

#include <strait/error.hpp>

namespace strait {

/// `return fail(...)` is how a function of the library says no.
inline std::unexpected<error> fail(const error& why) noexcept {
  return std::unexpected{why};
}

/// The same, where it is the library that refuses and not the operating system.
inline std::unexpected<error> fail(condition why, const char* operation,
                                   std::string_view subject = {}, const char* hint = "") noexcept {
  return fail(error{.condition = why, .operation = operation, .subject = subject, .hint = hint});
}

}  // namespace strait

#define STRAIT_JOIN_(a, b) a##b
#define STRAIT_JOIN(a, b) STRAIT_JOIN_(a, b)

// STRAIT_TRY(auto socket, open_socket()): binds the value, or returns the error.
#define STRAIT_TRY(declaration, ...) \
  STRAIT_TRY_(STRAIT_JOIN(tried_, __LINE__), declaration, __VA_ARGS__)
#define STRAIT_TRY_(tried, declaration, ...) \
  auto tried = (__VA_ARGS__);                \
  if (!tried) return fail(tried.error());    \
  declaration = *std::move(tried)

// STRAIT_CHECK(bind(socket)): goes on, or returns the error.
#define STRAIT_CHECK(...) \
  if (auto checked = (__VA_ARGS__); !checked) return fail(checked.error())
