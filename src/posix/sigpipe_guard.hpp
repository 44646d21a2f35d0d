// SPDX-License-Identifier: MIT
#pragma once

#include "compat.hpp"

namespace strait::posix {

/// Keeps the SIGPIPE that one write may raise from the application: blocks it for this thread and
/// takes it away if it came. Three system calls a write, for systems that offer nothing better.
///
/// A SIGPIPE that was pending before, which only happens where it was blocked before, stays so.
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept : before_{block()}, was_blocked_{sigismember(&before_, SIGPIPE) == 1} {
    if (!was_blocked_) return;
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  }
  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;
  ~sigpipe_guard() {
    if (!was_blocked_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  /// Passes on what the write returned, errno included.
  [[nodiscard]] ssize_t after(ssize_t written) const noexcept {
    if (written == -1 && errno == EPIPE) take();
    return written;
  }

  /// Takes it away, for calls that may raise it and yet have moved something.
  void take() const noexcept {
    if (was_pending_) return;
    const int code = errno;
    take_sigpipe();
    errno = code;
  }

 private:
  static sigset_t block() noexcept {
    sigset_t only;
    sigset_t before;
    sigemptyset(&only);
    sigaddset(&only, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &only, &before);
    return before;
  }

  sigset_t before_;
  bool was_blocked_;
  bool was_pending_ = false;
};

}  // namespace strait::posix
