// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "../path_socket.hpp"
#include "socket_call.hpp"

// Unix domain sockets as Winsock has them. What stands here is in <afunix.h>, which not every SDK
// has.
namespace strait::win32 {

struct unix_sockaddr {
  ADDRESS_FAMILY family = AF_UNIX;
  char path[108] = {};  ///< UTF-8, with a zero at its end.
};

inline constexpr DWORD ask_unix_peer = _WSAIOR(IOC_VENDOR, 256);  // SIO_AF_UNIX_GETPEERPID
inline constexpr DWORD unix_reparse_tag = 0x80000023;             // IO_REPARSE_TAG_AF_UNIX

inline constexpr std::size_t longest_socket_path = sizeof(unix_sockaddr::path) - 1;

/// `path` as Winsock takes it. It is short enough: see place_of.
class unix_path {
 public:
  explicit unix_path(std::string_view path) noexcept {
    std::memcpy(&raw_.path[0], path.data(), std::min(path.size(), longest_socket_path));
  }

  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&raw_);
  }
  [[nodiscard]] static constexpr int size() noexcept { return sizeof(unix_sockaddr); }

 private:
  unix_sockaddr raw_;
};

/// Fails with address_family_not_supported where Windows is too old, about `subject`.
inline result<socket_handle> new_unix_socket(const char* operation, std::string_view subject) {
  auto made = open_socket(operation, AF_UNIX, SOCK_STREAM);
  if (made) return made;
  auto why = made.error();
  why.subject = subject;
  if (why == condition::address_family_not_supported) {
    why.hint = "Windows has Unix domain sockets since Windows 10, version 1803";
  }
  return fail(why);
}

}  // namespace strait::win32

namespace strait::detail {

/// One try to connect, whoever has the lock beside the path.
result<socket_handle> connect_once(const char* operation, const place& where,
                                   const deadline& until);

}  // namespace strait::detail
