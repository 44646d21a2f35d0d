// SPDX-License-Identifier: MIT
#include "../send_file.hpp"

#include "sigpipe_guard.hpp"
#include "socket.hpp"

namespace strait::detail {

static_assert(sizeof(off_t) == sizeof(std::uint64_t), "files may be long");

result<std::size_t> send_part(const char* operation, native_socket to, native_handle file,
                              std::uint64_t offset, std::size_t size) {
  const auto call = [&] { return posix::send_file(to, file, static_cast<off_t>(offset), size); };
  for (;;) {
    ssize_t sent = -1;
    if constexpr (posix::send_quiet == 0) {
      sent = call();  // the socket itself is quiet
    } else {
      const posix::sigpipe_guard quiet;
      sent = call();
      quiet.take();
    }
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(posix::last_error(operation));
    STRAIT_CHECK(posix::wait_ready(operation, to, POLLOUT, {}));  // who set it non-blocking waits
  }
}

result<std::size_t> read_file_at(const char* operation, native_handle file, std::uint64_t offset,
                                 bytes into) {
  STRAIT_TRY(const auto got, posix::retry(operation, [&] {
    return ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
  }));
  return static_cast<std::size_t>(got);
}

}  // namespace strait::detail
