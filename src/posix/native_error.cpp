// SPDX-License-Identifier: MIT
// How the values of errno are called.
#include "../native_error.hpp"

#include <cerrno>

namespace strait {

std::string_view native_error_name(int code) noexcept {
  struct named {
    int code;
    std::string_view name;
  };
  static constexpr named names[] = {
      {E2BIG, "E2BIG"},
      {EACCES, "EACCES"},
      {EADDRINUSE, "EADDRINUSE"},
      {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
      {EAFNOSUPPORT, "EAFNOSUPPORT"},
      {EAGAIN, "EAGAIN"},
      {EBADF, "EBADF"},
      {EBUSY, "EBUSY"},
      {ECANCELED, "ECANCELED"},
      {ECHILD, "ECHILD"},
      {ECONNABORTED, "ECONNABORTED"},
      {ECONNREFUSED, "ECONNREFUSED"},
      {ECONNRESET, "ECONNRESET"},
      {EDEADLK, "EDEADLK"},
      {EDQUOT, "EDQUOT"},
      {EEXIST, "EEXIST"},
      {EFAULT, "EFAULT"},
      {EFBIG, "EFBIG"},
      {EHOSTUNREACH, "EHOSTUNREACH"},
      {EILSEQ, "EILSEQ"},
      {EINTR, "EINTR"},
      {EINVAL, "EINVAL"},
      {EIO, "EIO"},
      {EISCONN, "EISCONN"},
      {EISDIR, "EISDIR"},
      {ELOOP, "ELOOP"},
      {EMFILE, "EMFILE"},
      {EMSGSIZE, "EMSGSIZE"},
      {ENAMETOOLONG, "ENAMETOOLONG"},
      {ENETUNREACH, "ENETUNREACH"},
      {ENFILE, "ENFILE"},
      {ENOBUFS, "ENOBUFS"},
      {ENODEV, "ENODEV"},
      {ENOENT, "ENOENT"},
      {ENOEXEC, "ENOEXEC"},
      {ENOLCK, "ENOLCK"},
      {ENOMEM, "ENOMEM"},
      {ENOSPC, "ENOSPC"},
      {ENOSYS, "ENOSYS"},
      {ENOTCONN, "ENOTCONN"},
      {ENOTDIR, "ENOTDIR"},
      {ENOTEMPTY, "ENOTEMPTY"},
      {ENOTSOCK, "ENOTSOCK"},
      {ENOTSUP, "ENOTSUP"},
      {ENXIO, "ENXIO"},
      {EOVERFLOW, "EOVERFLOW"},
      {EPERM, "EPERM"},
      {EPIPE, "EPIPE"},
      {EROFS, "EROFS"},
      {ESPIPE, "ESPIPE"},
      {ESRCH, "ESRCH"},
      {ETIMEDOUT, "ETIMEDOUT"},
      {ETXTBSY, "ETXTBSY"},
      {EXDEV, "EXDEV"},
  };
  for (const auto& known : names) {
    if (known.code == code) return known.name;
  }
  return {};
}

}  // namespace strait
