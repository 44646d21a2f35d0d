// SPDX-License-Identifier: MIT
#pragma once

#include <strait/error.hpp>

// How a connection within one machine ends.
namespace strait::detail {

/// To a stream it is the end, whether the peer had read all we wrote before it closed, or not.
inline bool is_end(const error& why) noexcept {
  return why == condition::connection_reset || why == condition::not_connected;
}

inline result<std::size_t> zero_at_end(result<std::size_t> got) noexcept {
  if (!got && is_end(got.error())) return 0;
  return got;
}

template <class T>
result<T> broken_at_end(result<T> done) noexcept {
  if (!done && is_end(done.error())) done.error().condition = condition::broken_pipe;
  return done;
}

}  // namespace strait::detail
