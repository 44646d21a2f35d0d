// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <cstring>
#include <string>
#include <system_error>

#include <strait/handle.hpp>

// Unix domain sockets as any other program uses them.
namespace support {

inline void require_call(bool worked, const char* what) {
  if (!worked) throw std::system_error{errno, std::generic_category(), what};
}

/// A socket to which `call`, bind or connect, gave the address `path`.
template <class Call>
strait::handle raw_socket(const std::string& path, Call call) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  require_call(fd != -1, "socket");
  auto made = strait::handle::adopt(fd);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  require_call(call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
               path.c_str());
  return made;
}

inline strait::handle raw_connect(const std::string& path) {
  return raw_socket(path, ::connect);
}

inline strait::handle raw_listen(const std::string& path) {
  auto bound = raw_socket(path, ::bind);
  require_call(::listen(bound.get(), 10) == 0, "listen");
  return bound;
}

}  // namespace support
