// SPDX-License-Identifier: MIT
#include <strait/handle.hpp>

#include "winsock.hpp"

namespace strait {

result<native_handle> detail::duplicate(native_handle raw) noexcept {
  STRAIT_TRY(auto copy, win32::duplicate("duplicate handle", raw, false));
  return copy.release();
}

result<> detail::close(native_handle raw) noexcept {
  return win32::check("close handle", ::CloseHandle(raw));
}

result<native_socket> detail::duplicate(native_socket raw) noexcept {
  constexpr auto operation = "duplicate socket";
  WSAPROTOCOL_INFOW facts{};
  if (::WSADuplicateSocketW(raw, ::GetCurrentProcessId(), &facts) != 0) {
    return fail(win32::last_socket_error(operation));
  }
  const SOCKET copy = ::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                                   &facts, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (copy == INVALID_SOCKET) return fail(win32::last_socket_error(operation));
  return copy;
}

result<> detail::close(native_socket raw) noexcept {
  if (::closesocket(raw) == 0) return {};
  auto why = win32::last_socket_error("close socket");
  if (why.native == WSAEWOULDBLOCK) {
    // It lingers, and is open still: as on POSIX this waits.
    u_long waits = 0;
    ::ioctlsocket(raw, static_cast<long>(FIONBIO), &waits);
    if (::closesocket(raw) == 0) return {};
    why = win32::last_socket_error("close socket");
  }
  return fail(why);
}

}  // namespace strait
