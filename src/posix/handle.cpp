// SPDX-License-Identifier: MIT
#include <strait/handle.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "posix.hpp"

namespace strait {

result<handle> handle::duplicate() const noexcept {
  STRAIT_TRY(const int fd,
             posix::retry("duplicate handle", [&] { return ::fcntl(raw_, F_DUPFD_CLOEXEC, 0); }));
  return adopt(fd);
}

result<> handle::close() noexcept {
  // Not retried on EINTR: Linux has freed the descriptor by then, and another
  // thread may own its number already.
  if (*this && ::close(release()) == -1) return fail(posix::last_error("close handle"));
  return {};
}

}  // namespace strait
