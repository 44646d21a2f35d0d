// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstddef>
#include <limits>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>

#include "../socket_address.hpp"
#include "compat.hpp"
#include "transfer.hpp"

namespace strait::posix {

// Descriptors that no other program inherits, and that raise no SIGPIPE. These differ by system.

result<handle> new_socket(const char* operation, int family, int type);

struct socket_pair {
  handle first;
  handle second;
};
result<socket_pair> new_socket_pair(const char* operation, int family, int type);

/// The next who waits to be accepted: -1 as accept() says it. Calls on it block, whatever calls on
/// the listener do.
int accept_next(int listener) noexcept;

/// For a socket that something else made: writing to it raises no SIGPIPE, where send() has no flag
/// for that.
void make_quiet(int socket) noexcept;

template <class Value>
result<Value> socket_option(const char* operation, int fd, int level, int option) {
  Value value{};
  socklen_t size = sizeof value;
  STRAIT_CHECK(retry(operation, [&] { return ::getsockopt(fd, level, option, &value, &size); }));
  return value;
}

template <class Value>
result<> set_option(const char* operation, int fd, int level, int option, const Value& value) {
  STRAIT_CHECK(
      retry(operation, [&] { return ::setsockopt(fd, level, option, &value, sizeof value); }));
  return {};
}

/// 0 leaves it to the system.
inline result<> set_buffer(const char* operation, int fd, int option, std::size_t size) {
  if (size == 0) return {};
  constexpr std::size_t most = std::numeric_limits<int>::max();
  return set_option(operation, fd, SOL_SOCKET, option, static_cast<int>(std::min(size, most)));
}

inline msghdr as_message(const parts& pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(pieces.count());
  return message;
}

inline int no_wait(const deadline& until) noexcept {
  return until.is_never() ? 0 : MSG_DONTWAIT;
}

/// Reads some bytes from a connected socket; 0 at the end.
inline result<std::size_t> receive(const char* operation, int fd, bytes_list into,
                                   const deadline& until) {
  const parts pieces{into};
  if (pieces.total() == 0) return 0;
  return transfer(operation, fd, POLLIN, until, [&] {
    auto message = as_message(pieces);
    return ::recvmsg(fd, &message, no_wait(until));
  });
}

/// Writes some bytes to a connected socket.
inline result<std::size_t> send(const char* operation, int fd, const_bytes_list from,
                                const deadline& until) {
  const parts pieces{from};
  if (pieces.total() == 0) return 0;
  return transfer(operation, fd, POLLOUT, until, [&] {
    const auto message = as_message(pieces);
    return ::sendmsg(fd, &message, send_quiet | no_wait(until));
  });
}

}  // namespace strait::posix
