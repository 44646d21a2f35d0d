// SPDX-License-Identifier: MIT
#include "../net_socket.hpp"

#include <netinet/tcp.h>
#include <algorithm>
#include <limits>

#include "socket.hpp"

namespace strait::detail {
namespace {

using posix::set_buffer;
using posix::set_option;

result<> set_keep_alive(const char* operation, int s, const tcp_keep_alive& wish) {
  STRAIT_CHECK(set_option(operation, s, SOL_SOCKET, SO_KEEPALIVE, 1));
  STRAIT_CHECK(set_option(operation, s, IPPROTO_TCP, posix::keep_alive_idle,
                          static_cast<int>(wish.idle.count())));
  STRAIT_CHECK(set_option(operation, s, IPPROTO_TCP, TCP_KEEPINTVL,
                          static_cast<int>(wish.interval.count())));
  return set_option(operation, s, IPPROTO_TCP, TCP_KEEPCNT, wish.count);
}

/// Asks for an address with getsockname() or getpeername().
template <class Call>
result<endpoint> ask_address(const char* operation, int s, Call call) {
  socket_address address;
  STRAIT_CHECK(
      posix::retry(operation, [&] { return call(s, address.room(), address.room_size()); }));
  if (const auto where = as_endpoint(address.get())) return *where;
  return fail(condition::address_family_not_supported, operation);
}

/// What accept() says of one connection, and means nothing for the next.
bool is_of_one(int code) noexcept {
  constexpr int codes[] = {EINTR,     ECONNABORTED, EPROTO,     ENETDOWN,    ENOPROTOOPT,
                           EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, ETIMEDOUT};
  return std::ranges::find(codes, code) != std::end(codes);
}

}  // namespace

result<socket_handle> new_socket(const char* operation, const endpoint& like, transport how) {
  return posix::new_socket(operation, like.address.is_v4() ? AF_INET : AF_INET6,
                           how == transport::stream ? SOCK_STREAM : SOCK_DGRAM);
}

result<> bind_socket(const char* operation, native_socket s, const endpoint& at, bool dual_stack) {
  // Connections of an earlier listener are in nobody's way; a living listener still is.
  STRAIT_CHECK(set_option(operation, s, SOL_SOCKET, SO_REUSEADDR, 1));
  if (at.address.is_v6()) {
    STRAIT_CHECK(set_option(operation, s, IPPROTO_IPV6, IPV6_V6ONLY, dual_stack ? 0 : 1));
  }
  const socket_address address{at};
  STRAIT_CHECK(posix::retry(operation, [&] { return ::bind(s, address.get(), address.size()); }));
  return {};
}

result<> listen_socket(const char* operation, native_socket s, std::uint32_t backlog) {
  constexpr std::uint32_t most = std::numeric_limits<int>::max();
  const auto size = static_cast<int>(std::clamp(backlog, 1U, most));
  // Its calls never block: of several threads that see the same peer, one gets it.
  STRAIT_CHECK(posix::set_nonblocking(operation, s, true));
  STRAIT_CHECK(posix::retry(operation, [&] { return ::listen(s, size); }));
  return {};
}

result<> begin_connect(const char* operation, native_socket s, const endpoint& to) {
  STRAIT_CHECK(posix::set_nonblocking(operation, s, true));
  const socket_address address{to};
  if (::connect(s, address.get(), address.size()) == 0) return {};
  if (errno == EINPROGRESS || errno == EINTR) return {};  // a signal does not end it
  return fail(posix::last_error(operation));
}

result<> connect_outcome(const char* operation, native_socket s) {
  STRAIT_TRY(const int code, posix::socket_option<int>(operation, s, SOL_SOCKET, SO_ERROR));
  if (code != 0) return fail(posix::make_error(operation, code));
  return posix::set_nonblocking(operation, s, false);
}

result<socket_handle> accept_socket(const char* operation, native_socket s, const deadline& until) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  for (;;) {
    const int fd = posix::accept_next(s);
    if (fd != -1) return socket_handle::adopt(fd);
    if (is_of_one(errno)) continue;
    if (errno != EAGAIN) return fail(posix::last_error(operation));
    STRAIT_CHECK(posix::wait_ready(operation, s, POLLIN, until));
  }
}

result<> apply_options(const char* operation, native_socket s, const tcp_options& wish) {
  STRAIT_CHECK(set_option(operation, s, IPPROTO_TCP, TCP_NODELAY, wish.no_delay ? 1 : 0));
  if (wish.keep_alive) STRAIT_CHECK(set_keep_alive(operation, s, *wish.keep_alive));
  if (wish.linger) {
    constexpr auto most = std::numeric_limits<short>::max();  // what macOS has room for
    const auto seconds = std::clamp<std::chrono::seconds::rep>(wish.linger->count(), 0, most);
    const linger value{.l_onoff = 1, .l_linger = static_cast<int>(seconds)};
    STRAIT_CHECK(set_option(operation, s, SOL_SOCKET, posix::linger_seconds, value));
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
  const auto type = posix::socket_option<int>(operation, s, SOL_SOCKET, SO_TYPE);
  if (!type && type.error() != condition::not_a_socket) return fail(type.error());
  const auto accepts = posix::socket_option<int>(operation, s, SOL_SOCKET, SO_ACCEPTCONN);
  const bool fits = type.value_or(0) == SOCK_STREAM && accepts && (*accepts != 0) == listens &&
                    local_endpoint(operation, s) && (listens || remote_endpoint(operation, s));
  if (!fits) return fail(condition::invalid_argument, operation);
  posix::make_quiet(s);
  return listens ? posix::set_nonblocking(operation, s, true) : result<>{};
}

}  // namespace strait::detail
