// SPDX-License-Identifier: MIT
#include "../socket.hpp"

#include <fcntl.h>

#include "../posix.hpp"

// A program that other code starts between two of these calls may inherit the descriptor. What
// strait starts never does.
namespace strait::posix {

result<handle> new_socket(const char* operation, int family, int type) {
  STRAIT_TRY(const int fd, retry(operation, [&] { return ::socket(family, type, 0); }));
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  make_quiet(fd);
  return handle::adopt(fd);
}

result<socket_pair> new_socket_pair(const char* operation, int family, int type) {
  int ends[2];
  STRAIT_CHECK(retry(operation, [&] { return ::socketpair(family, type, 0, ends); }));
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    make_quiet(end);
  }
  return socket_pair{.first = handle::adopt(ends[0]), .second = handle::adopt(ends[1])};
}

int accept_next(int listener) noexcept {
  const int fd = ::accept(listener, nullptr, nullptr);
  if (fd == -1) return -1;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);  // which it has from the listener
  make_quiet(fd);
  return fd;
}

// Fails for a socket whose peer is gone already; who was accepted has it from the listener then.
void make_quiet(int socket) noexcept {
  constexpr int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
}

}  // namespace strait::posix
