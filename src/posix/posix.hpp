// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>
#include <cerrno>
#include <span>
#include <string_view>

#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>

#include "../try.hpp"

namespace strait::posix {

/// On POSIX the values of condition are those of errno.
inline error make_error(const char* operation, int code, std::string_view subject = {}) noexcept {
  return {.condition = static_cast<condition>(code),
          .native = code,
          .operation = operation,
          .subject = subject};
}

inline error last_error(const char* operation, std::string_view subject = {}) noexcept {
  return make_error(operation, errno, subject);
}

/// Makes a system call again while signals interrupt it; -1 becomes an error.
template <class Call>
auto retry(const char* operation, Call call) -> result<decltype(call())> {
  for (;;) {
    if (const auto value = call(); value != -1) return value;
    if (errno != EINTR) return fail(last_error(operation));
  }
}

struct pipe_ends {
  handle reader;
  handle writer;
};

/// A pipe that no other program inherits.
result<pipe_ends> make_pipe();

/// Makes calls on the open file wait no more, or wait again. Never for one that others may share.
result<> set_nonblocking(const char* operation, int fd, bool on);

/// Waits until `fd` is ready for `events`, or has failed or ended, which the next call on it tells.
result<> wait_ready(const char* operation, int fd, short events, const deadline& until);

/// The same for one or more of many, as poll() takes them and tells of them. Their last place is
/// not for one of them but for what a stop rings.
result<> wait_ready(const char* operation, std::span<pollfd> entries, const deadline& until);

}  // namespace strait::posix
