// SPDX-License-Identifier: MIT
#pragma once

#include "lock_file.hpp"
#include "path_socket.hpp"

// Where Unix domain sockets stand: the same code everywhere.
namespace strait::detail {

/// The lock file beside a socket, which says whose it is.
inline place lock_of(const place& socket) {
  return {.path = socket.path + ".lock", .name = socket.name};
}

/// Whether a living process has the lock.
inline bool is_claimed(const char* operation, const place& socket) {
  const auto holder = lock_file::holder(operation, lock_of(socket));
  return holder && holder->has_value();
}

/// Has the lock from now on. Fails with address_in_use.
inline result<lock_file> claim(const path_plan& plan) {
  auto claimed = lock_file::claim(plan.operation, lock_of(plan.where), plan.who);
  if (!claimed && claimed.error() == condition::resource_unavailable_try_again) {
    return fail(condition::address_in_use, plan.operation, plan.where.name);
  }
  return claimed;
}

/// place_of for a system whose limit is `limit`, which `hint` names.
inline result<place> checked_place(const char* operation, const unix_address& where,
                                   std::size_t limit, const char* hint) {
  const auto& text = where.text();
  place made{.path = text, .name = where.is_abstract() ? "@" + text : text};
  const bool is_text = where.is_abstract() || text.find('\0') == std::string::npos;
  if (text.empty() || !is_text) {
    return fail(condition::invalid_argument, operation, made.name,
                text.empty() ? "a socket's address is not empty" : "there is a zero in the path");
  }
  if (text.size() > limit) {
    return fail(condition::filename_too_long, operation, made.name, hint);
  }
  return made;
}

}  // namespace strait::detail
