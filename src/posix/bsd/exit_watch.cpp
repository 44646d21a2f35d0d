// SPDX-License-Identifier: MIT
#include "../exit_watch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/event.h>

#include "../posix.hpp"

namespace strait::posix {

// A queue with one event in it, which is never taken out: so the queue stays readable.
result<handle> exit_watch(pid_t pid) {
  constexpr auto operation = "watch child process";
  STRAIT_TRY(const int fd, retry(operation, [] { return ::kqueue(); }));
  auto queue = handle::adopt(fd);
  STRAIT_CHECK(retry(operation, [&] { return ::fcntl(fd, F_SETFD, FD_CLOEXEC); }));
  struct kevent event{};
  EV_SET(&event, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  auto added = retry(operation, [&] { return ::kevent(fd, &event, 1, nullptr, 0, nullptr); });
  if (!added && added.error() == condition::no_such_process) {
    // macOS: it has ended already. A user event that fires at once says so just as well.
    EV_SET(&event, 0, EVFILT_USER, EV_ADD, NOTE_TRIGGER, 0, nullptr);
    added = retry(operation, [&] { return ::kevent(fd, &event, 1, nullptr, 0, nullptr); });
  }
  STRAIT_CHECK(added);
  return queue;
}

// Not reaped yet, so the number still is this child's.
result<> signal_child(const handle& /*watch*/, pid_t pid, int signal) {
  if (::kill(pid, signal) == 0 || errno == ESRCH) return {};
  return fail(last_error("signal child process"));
}

}  // namespace strait::posix
