// SPDX-License-Identifier: MIT
#pragma once

#include <sys/un.h>
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include <strait/unix_address.hpp>

#include "../runtime_directory.hpp"
#include "socket.hpp"

namespace strait::posix {

/// The most bytes that the path of a local socket has: 107 or 103.
inline constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

/// Where the socket called `n` stands.
inline result<detail::place> socket_place(const name& n, access who) {
  return detail::place_of(n, "socket", who, longest_socket_path);
}

/// The address of a Unix domain socket as the system calls take it and give it.
class local_address {
 public:
  local_address() noexcept = default;

  /// `text` is short enough: see place_of.
  explicit local_address(std::string_view text, bool is_abstract = false) noexcept {
    raw_.sun_family = AF_UNIX;
    // A zero before it, and none behind it, is what tells an abstract name from a path.
    const std::size_t before = is_abstract ? 1 : 0;
    const auto length = std::min(text.size(), longest_socket_path);
    std::memcpy(&raw_.sun_path[0] + before, text.data(), length);
    if (is_abstract) size_ = static_cast<socklen_t>(path_begin + before + length);
  }

  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&raw_);
  }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }

  /// For a system call that writes to it, and sets the size, too.
  [[nodiscard]] sockaddr* room() noexcept { return reinterpret_cast<sockaddr*>(&raw_); }
  void set_size(socklen_t size) noexcept { size_ = size; }

  void give_to(unix_address& into) const {
    const auto length = size_ > path_begin
                            ? std::min<std::size_t>(size_ - path_begin, sizeof raw_.sun_path)
                            : 0;
    const std::string_view all{&raw_.sun_path[0], length};
    const bool is_abstract = has_abstract_names && length > 0 && all.front() == '\0';
    into.assign(is_abstract ? all.substr(1) : all.substr(0, all.find('\0')), is_abstract);
  }

 private:
  static constexpr std::size_t path_begin = offsetof(sockaddr_un, sun_path);

  sockaddr_un raw_{};  // all zeros, so a path ends where it ends
  socklen_t size_ = sizeof(sockaddr_un);
};

/// Whether `fd` is a Unix domain socket of that type.
inline result<bool> is_local(const char* operation, int fd, int type) {
  local_address address;
  socklen_t size = address.size();
  STRAIT_CHECK(retry(operation, [&] { return ::getsockname(fd, address.room(), &size); }));
  STRAIT_TRY(const int found, socket_option<int>(operation, fd, SOL_SOCKET, SO_TYPE));
  return address.get()->sa_family == AF_UNIX && found == type;
}

}  // namespace strait::posix
