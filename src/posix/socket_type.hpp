// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "../path_socket.hpp"
#include "socket.hpp"

namespace strait::posix {

constexpr int type_of(detail::unix_kind kind) noexcept {
  switch (kind) {
    case detail::unix_kind::stream: return SOCK_STREAM;
    case detail::unix_kind::seqpacket: return SOCK_SEQPACKET;
    case detail::unix_kind::datagram: return SOCK_DGRAM;
  }
  return SOCK_STREAM;
}

/// Fails with not_supported where there is no such kind: macOS has no seqpackets.
inline result<handle> new_unix_socket(const char* operation, std::string_view subject,
                                      detail::unix_kind kind) {
  auto made = new_socket(operation, AF_UNIX, type_of(kind));
  if (made) return made;
  auto why = made.error();
  why.subject = subject;
  if (why.native == EPROTONOSUPPORT || why.native == EPROTOTYPE) {
    why.condition = condition::not_supported;
    why.hint = "this system has no sockets of this kind";
  }
  return fail(why);
}

}  // namespace strait::posix
