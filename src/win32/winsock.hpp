// SPDX-License-Identifier: MIT
#pragma once

#include "win32.hpp"

#include <ws2tcpip.h>

#include "../socket_address.hpp"

namespace strait::win32 {

static_assert(std::is_same_v<native_socket, SOCKET>);
static_assert(no_socket == INVALID_SOCKET);

/// Makes Winsock ready when it is needed for the first time, by whatever thread. It is never ended:
/// it counts its users, and goes with the process.
inline result<> start_winsock(const char* operation) {
  static const int code = [] {
    WSADATA facts{};
    return ::WSAStartup(MAKEWORD(2, 2), &facts);
  }();
  if (code != 0) return fail(make_error(operation, static_cast<DWORD>(code)));
  return {};
}

inline error last_socket_error(const char* operation, std::string_view subject = {}) noexcept {
  return make_error(operation, static_cast<DWORD>(::WSAGetLastError()), subject);
}

/// Checks what most calls of Winsock return.
inline result<> check_socket(const char* operation, int code) noexcept {
  if (code != 0) return fail(last_socket_error(operation));
  return {};
}

}  // namespace strait::win32
