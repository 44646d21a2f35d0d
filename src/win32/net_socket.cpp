// SPDX-License-Identifier: MIT
#include "../net_socket.hpp"

#include "socket_call.hpp"

#include <mstcpip.h>
#include <mswsock.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace strait::detail {
namespace {

using win32::check_socket;
using win32::set_buffer;
using win32::set_option;
using win32::socket_option;

result<> set_keep_alive(const char* operation, SOCKET s, const tcp_keep_alive& wish) {
  const auto milliseconds = [](std::chrono::milliseconds time) {
    return static_cast<u_long>(time.count());
  };
  tcp_keepalive values{.onoff = 1,
                       .keepalivetime = milliseconds(wish.idle),
                       .keepaliveinterval = milliseconds(wish.interval)};
  DWORD size = 0;
  STRAIT_CHECK(check_socket(operation, ::WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, sizeof values,
                                                  nullptr, 0, &size, nullptr, nullptr)));
  constexpr int tcp_keepcnt = 16;  // not in every SDK
  const auto counted = set_option(operation, s, IPPROTO_TCP, tcp_keepcnt,
                                  static_cast<DWORD>(wish.count));
  if (!counted && counted.error().native != WSAENOPROTOOPT) return counted;
  return {};
}

/// Asks for an address with getsockname() or getpeername().
template <class Call>
result<endpoint> ask_address(const char* operation, SOCKET s, Call call) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  socket_address address;
  STRAIT_CHECK(check_socket(operation, call(s, address.room(), address.room_size())));
  if (const auto where = as_endpoint(address.get())) return *where;
  return fail(condition::address_family_not_supported, operation);
}

/// What accepting says of one connection, and means nothing for the next.
bool is_of_one(const error& why) noexcept {
  return why == condition::connection_reset || why == condition::connection_aborted ||
         why == condition::not_connected;
}

/// Accepts the next with a socket that is made before.
result<socket_handle> accept_one(const char* operation, SOCKET s, int family,
                                 const deadline& until) {
  STRAIT_TRY(auto made, win32::open_socket(operation, family, SOCK_STREAM));
  constexpr DWORD room = sizeof(sockaddr_storage) + 16;
  std::array<char, 2 * room> addresses;
  STRAIT_CHECK(win32::socket_transfer(operation, s, until, [&](OVERLAPPED* io) {
    DWORD size = 0;
    return ::AcceptEx(s, made.get(), addresses.data(), 0, room, room, &size, io) ? 0 : -1;
  }));
  STRAIT_CHECK(set_option(operation, made.get(), SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, s));
  return made;
}

}  // namespace

result<socket_handle> new_socket(const char* operation, const endpoint& like, transport how) {
  return win32::open_socket(operation, like.address.is_v4() ? AF_INET : AF_INET6,
                            how == transport::stream ? SOCK_STREAM : SOCK_DGRAM);
}

result<> bind_socket(const char* operation, native_socket s, const endpoint& at, bool dual_stack) {
  // Else any program could listen at the same place and take what comes.
  STRAIT_CHECK(set_option(operation, s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}));
  if (at.address.is_v6()) {
    STRAIT_CHECK(set_option(operation, s, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{dual_stack ? 0U : 1U}));
  }
  const socket_address address{at};
  return check_socket(operation, ::bind(s, address.get(), address.size()));
}

result<> listen_socket(const char* operation, native_socket s, std::uint32_t backlog) {
  constexpr std::uint32_t most = std::numeric_limits<int>::max();
  return check_socket(operation, ::listen(s, static_cast<int>(std::clamp(backlog, 1U, most))));
}

result<> begin_connect(const char* operation, native_socket s, const endpoint& to) {
  const socket_address address{to};
  if (::connect(s, address.get(), address.size()) == 0) return {};
  const auto why = win32::last_socket_error(operation);
  if (why.native == WSAEWOULDBLOCK) return {};
  return fail(why);
}

result<> connect_outcome(const char* operation, native_socket s) {
  STRAIT_TRY(const int code, socket_option<int>(operation, s, SOL_SOCKET, SO_ERROR));
  if (code != 0) return fail(win32::make_error(operation, static_cast<DWORD>(code)));
  return {};
}

result<socket_handle> accept_socket(const char* operation, native_socket s, const deadline& until) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  socket_address here;
  STRAIT_CHECK(check_socket(operation, ::getsockname(s, here.room(), here.room_size())));
  for (;;) {
    auto accepted = accept_one(operation, s, here.family(), until);
    if (accepted || !is_of_one(accepted.error())) return accepted;
  }
}

result<> apply_options(const char* operation, native_socket s, const tcp_options& wish) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  STRAIT_CHECK(set_option(operation, s, IPPROTO_TCP, TCP_NODELAY, BOOL{wish.no_delay}));
  if (wish.keep_alive) STRAIT_CHECK(set_keep_alive(operation, s, *wish.keep_alive));
  if (wish.linger) {
    const linger value{
        .l_onoff = 1,
        .l_linger = static_cast<u_short>(std::clamp<long long>(wish.linger->count(), 0, 65'535))};
    STRAIT_CHECK(set_option(operation, s, SOL_SOCKET, SO_LINGER, value));
  }
  STRAIT_CHECK(set_buffer(operation, s, SO_SNDBUF, wish.send_buffer));
  return set_buffer(operation, s, SO_RCVBUF, wish.receive_buffer);
}

result<endpoint> local_endpoint(const char* operation, native_socket s) {
  return ask_address(operation, s, ::getsockname);
}

result<endpoint> remote_endpoint(const char* operation, native_socket s) {
  return ask_address(operation, s, ::getpeername);
}

result<> check_adopted(const char* operation, native_socket s, bool listens) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  STRAIT_CHECK(win32::start_winsock(operation));
  const auto type = socket_option<int>(operation, s, SOL_SOCKET, SO_TYPE);
  if (!type && type.error() != condition::not_a_socket) return fail(type.error());
  const auto accepts = socket_option<DWORD>(operation, s, SOL_SOCKET, SO_ACCEPTCONN);
  const bool fits = type.value_or(0) == SOCK_STREAM && accepts && (*accepts != 0) == listens &&
                    local_endpoint(operation, s) && (listens || remote_endpoint(operation, s));
  if (!fits) return fail(condition::invalid_argument, operation);
  return win32::never_block(operation, s);
}

}  // namespace strait::detail
