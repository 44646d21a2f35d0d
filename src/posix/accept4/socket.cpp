// SPDX-License-Identifier: MIT
// Linux and FreeBSD: flags at birth.
#include "../socket.hpp"

#include "../posix.hpp"

namespace strait::posix {

result<handle> new_socket(const char* operation, int family, int type) {
  STRAIT_TRY(const int fd,
             retry(operation, [&] { return ::socket(family, type | SOCK_CLOEXEC, 0); }));
  return handle::adopt(fd);
}

result<socket_pair> new_socket_pair(const char* operation, int family, int type) {
  int ends[2];
  STRAIT_CHECK(
      retry(operation, [&] { return ::socketpair(family, type | SOCK_CLOEXEC, 0, ends); }));
  return socket_pair{.first = handle::adopt(ends[0]), .second = handle::adopt(ends[1])};
}

int accept_next(int listener) noexcept {
  return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
}

void make_quiet(int /*socket*/) noexcept {}  // MSG_NOSIGNAL is enough

}  // namespace strait::posix
