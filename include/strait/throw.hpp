// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include <strait/error.hpp>

namespace strait {

/// What or_throw throws: a std::system_error that knows the whole error.
class failure : public std::system_error {
 public:
  explicit failure(const error& why)
      : std::system_error{make_error_code(why.condition)}, why_{why}, message_{why.message()} {}

  [[nodiscard]] const error& why() const noexcept { return why_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  error why_;
  std::string message_;
};

/// The value, or a strait::failure: for programs that would rather stop than look at each result.
template <class T>
T or_throw(result<T> r) {
  if (!r) throw failure{r.error()};
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}

}  // namespace strait
