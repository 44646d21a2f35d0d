// SPDX-License-Identifier: MIT
#include "../exit_watch.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include "../posix.hpp"

namespace strait::posix {

// A pidfd names one process for ever, whoever reaps it. By number: the wrappers are newer than the
// C libraries we support.
result<handle> exit_watch(pid_t pid) {
  const auto fd = ::syscall(SYS_pidfd_open, pid, 0);
  if (fd == -1 && errno == ESRCH) {
    // It has ended already, and who ignores SIGCHLD has no zombies. A pipe without a writer is as
    // ready as the pidfd of an ended process.
    STRAIT_TRY(auto ends, make_pipe());
    return std::move(ends.reader);
  }
  if (fd == -1) return fail(last_error("watch child process"));
  return handle::adopt(static_cast<int>(fd));  // close-on-exec by definition
}

result<> signal_child(const handle& watch, pid_t /*pid*/, int signal) {
  if (::syscall(SYS_pidfd_send_signal, watch.get(), signal, nullptr, 0) == 0) return {};
  if (errno == ESRCH || errno == EBADF) return {};  // it has ended already; the latter: see above
  return fail(last_error("signal child process"));
}

}  // namespace strait::posix
