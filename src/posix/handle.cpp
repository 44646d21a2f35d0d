// SPDX-License-Identifier: MIT
#include <strait/handle.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "posix.hpp"

namespace strait {

result<native_handle> detail::duplicate(native_handle raw) noexcept {
  return posix::retry("duplicate handle", [&] { return ::fcntl(raw, F_DUPFD_CLOEXEC, 0); });
}

result<> detail::close(native_handle raw) noexcept {
  // Not retried on EINTR: Linux has freed the descriptor by then, and another
  // thread may own its number already.
  if (::close(raw) == -1) return fail(posix::last_error("close handle"));
  return {};
}

}  // namespace strait
