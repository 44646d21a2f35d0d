// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <strait/error.hpp>

#include "support/run.hpp"

namespace support {

/// A user and group that own nothing and are nobody.
inline constexpr uid_t stranger = 64'321;

/// What `work`, which returns a result, fails with when another user does it: success equals
/// condition{}. Only root can become another user.
template <class Work>
strait::condition as_stranger(Work work) {
  int ends[2];
  if (::pipe(ends) == -1) return strait::condition::io_error;
  const pid_t pid = ::fork();
  if (pid == 0) {
    auto outcome = strait::condition::operation_not_permitted;
    if (::setgid(stranger) == 0 && ::setuid(stranger) == 0) outcome = why(work()).condition;
    const auto written = ::write(ends[1], &outcome, sizeof outcome);
    ::_exit(written == sizeof outcome ? 0 : 1);
  }
  auto outcome = strait::condition::io_error;
  const auto got = ::read(ends[0], &outcome, sizeof outcome);
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(pid, nullptr, 0);
  return got == sizeof outcome ? outcome : strait::condition::io_error;
}

}  // namespace support
