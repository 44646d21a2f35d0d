// SPDX-License-Identifier: MIT
#include "../datagrams.hpp"

#include <netinet/in.h>
#include <algorithm>

#include "datagram_batch.hpp"
#include "socket.hpp"

namespace strait::detail {
namespace {

std::size_t count_pieces(const_bytes_list message) noexcept {
  const auto is_some = [](const const_bytes& piece) { return !piece.empty(); };
  return static_cast<std::size_t>(std::ranges::count_if(message, is_some));
}

}  // namespace

result<> apply_options(const char* operation, native_socket s, const udp_options& wish) {
  if (wish.broadcast) STRAIT_CHECK(posix::set_option(operation, s, SOL_SOCKET, SO_BROADCAST, 1));
  STRAIT_CHECK(posix::set_buffer(operation, s, SO_SNDBUF, wish.send_buffer));
  return posix::set_buffer(operation, s, SO_RCVBUF, wish.receive_buffer);
}

result<> bind_datagrams(const char* operation, native_socket s, const endpoint& at,
                        bool dual_stack) {
  // No SO_REUSEADDR: who comes later would get the datagrams.
  if (at.address.is_v6()) {
    STRAIT_CHECK(posix::set_option(operation, s, IPPROTO_IPV6, IPV6_V6ONLY, dual_stack ? 0 : 1));
  }
  const socket_address address{at};
  STRAIT_CHECK(posix::retry(operation, [&] { return ::bind(s, address.get(), address.size()); }));
  return {};
}

result<> connect_datagrams(const char* operation, native_socket s, const endpoint& to) {
  const socket_address address{to};
  STRAIT_CHECK(
      posix::retry(operation, [&] { return ::connect(s, address.get(), address.size()); }));
  return {};
}

result<> send_datagram(const char* operation, native_socket s, const endpoint* to,
                       const_bytes message, const deadline& until) {
  const auto address = to != nullptr ? socket_address{*to} : socket_address{};
  const auto* const where = to != nullptr ? address.get() : nullptr;
  STRAIT_CHECK(posix::transfer(operation, s, POLLOUT, until, [&] {
    return ::sendto(s, message.data(), message.size(), posix::send_quiet | posix::no_wait(until),
                    where, address.size());
  }));
  return {};
}

result<> send_datagram(const char* operation, native_socket s, const endpoint* to,
                       const_bytes_list message, const deadline& until) {
  if (count_pieces(message) > most_pieces) {
    return fail(condition::argument_list_too_long, operation);
  }
  const auto address = to != nullptr ? socket_address{*to} : socket_address{};
  const posix::parts pieces{message};
  STRAIT_CHECK(posix::transfer(operation, s, POLLOUT, until, [&] {
    auto whole = posix::as_message(pieces);
    whole.msg_name = to != nullptr ? const_cast<sockaddr*>(address.get()) : nullptr;
    whole.msg_namelen = address.size();
    return ::sendmsg(s, &whole, posix::send_quiet | posix::no_wait(until));
  }));
  return {};
}

result<std::size_t> receive_datagram(const char* operation, native_socket s, bytes into,
                                     endpoint* from, const deadline& until) {
  socket_address sender;
  STRAIT_TRY(const auto size, posix::transfer(operation, s, POLLIN, until, [&] {
    return posix::receive_one(s, into, from != nullptr ? &sender : nullptr, posix::no_wait(until));
  }));
  if (from != nullptr) *from = as_endpoint(sender.get()).value_or(endpoint{});
  return size;
}

result<std::size_t> send_datagrams(const char* operation, native_socket s, bool is_connected,
                                   std::span<const datagram_to_send> messages,
                                   const deadline& until) {
  std::size_t sent = 0;
  while (sent < messages.size()) {
    const auto some = posix::transfer(operation, s, POLLOUT, until, [&] {
      return posix::send_some(s, is_connected, messages.subspan(sent),
                              posix::send_quiet | posix::no_wait(until));
    });
    if (!some && sent == 0) return some;
    if (!some) break;
    sent += *some;
  }
  return sent;
}

result<std::size_t> receive_datagrams(const char* operation, native_socket s,
                                      std::span<received_datagram> messages,
                                      const deadline& until) {
  if (messages.empty()) return 0;
  return posix::transfer(operation, s, POLLIN, until,
                         [&] { return posix::receive_some(s, messages, until.is_never()); });
}

result<bool> check_adopted_datagrams(const char* operation, native_socket s) {
  const auto type = posix::socket_option<int>(operation, s, SOL_SOCKET, SO_TYPE);
  if (!type && type.error() != condition::not_a_socket) return fail(type.error());
  socket_address here;
  const bool has_place = ::getsockname(s, here.room(), here.room_size()) == 0;
  if (type.value_or(0) != SOCK_DGRAM || !has_place || !as_endpoint(here.get())) {
    return fail(condition::invalid_argument, operation);
  }
  posix::make_quiet(s);
  socket_address other;
  return ::getpeername(s, other.room(), other.room_size()) == 0;
}

}  // namespace strait::detail
