// SPDX-License-Identifier: MIT
#pragma once

#include <sys/un.h>
#include <cstring>
#include <string_view>

#include "../runtime_directory.hpp"
#include "socket.hpp"

namespace strait::posix {

/// The most bytes that the path of a local socket has: 107 or 103.
inline constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

/// Where the socket called `n` stands.
inline result<detail::place> socket_place(const name& n, access who) {
  return detail::place_of(n, "socket", who, longest_socket_path);
}

/// The lock file beside it, which says whose it is.
inline detail::place lock_of(const detail::place& socket) {
  return {.path = socket.path + ".lock", .name = socket.name};
}

/// `path` as the system calls take it. It is short enough: see socket_place.
class local_address {
 public:
  explicit local_address(std::string_view path) noexcept {
    raw_.sun_family = AF_UNIX;
    std::memcpy(raw_.sun_path, path.data(), std::min(path.size(), longest_socket_path));
  }

  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&raw_);
  }
  [[nodiscard]] static constexpr socklen_t size() noexcept { return sizeof(sockaddr_un); }

 private:
  sockaddr_un raw_{};  // all zeros, so a path ends where it ends
};

/// Whether `fd` is a socket of the kind that local streams and listeners are.
inline result<bool> is_local(const char* operation, int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  STRAIT_CHECK(retry(
      operation, [&] { return ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size); }));
  STRAIT_TRY(const int type, socket_option<int>(operation, fd, SOL_SOCKET, SO_TYPE));
  return address.sun_family == AF_UNIX && type == SOCK_STREAM;
}

}  // namespace strait::posix
