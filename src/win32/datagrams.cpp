// SPDX-License-Identifier: MIT
#include "../datagrams.hpp"

#include "socket_call.hpp"

#include <algorithm>
#include <array>

namespace strait::detail {
namespace {

bool is_connected(SOCKET s) noexcept {
  socket_address other;
  return ::getpeername(s, other.room(), other.room_size()) == 0;
}

/// Windows calls a refusal a reset.
bool is_refusal(const error& why) noexcept {
  return why == condition::connection_reset || why == condition::connection_refused;
}

error as_refused(error why) noexcept {
  if (is_refusal(why)) why.condition = condition::connection_refused;
  if (why.native == WSAENETRESET) why.condition = condition::host_unreachable;
  return why;
}

/// Sends without waiting, and waits for room while there is none: an overlapped call could not be
/// ended without a doubt about whether it had sent.
result<> send_pieces(const char* operation, SOCKET s, const endpoint* to, std::span<WSABUF> pieces,
                     const deadline& until) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  const auto address = to != nullptr ? socket_address{*to} : socket_address{};
  const auto* const where = to != nullptr ? address.get() : nullptr;
  for (;;) {
    DWORD moved = 0;
    if (::WSASendTo(s, pieces.data(), static_cast<DWORD>(pieces.size()), &moved, 0, where,
                    address.size(), nullptr, nullptr) == 0) {
      return {};
    }
    const auto why = win32::last_socket_error(operation);
    if (why.native != WSAEWOULDBLOCK) return fail(as_refused(why));
    STRAIT_CHECK(win32::check_time(operation, until));  // whatever the wait thinks of it
    STRAIT_CHECK(win32::wait_for_room(operation, s, until));
  }
}

WSABUF as_piece(const_bytes from) noexcept {
  auto* const begin = reinterpret_cast<char*>(const_cast<std::byte*>(from.data()));
  return {.len = win32::clamp(from.size()), .buf = begin};
}

/// Room for one datagram, however long it is.
std::array<WSABUF, 2> room_for(bytes into) noexcept {
  return {as_piece(into), as_piece(nobody_reads)};
}

/// Takes one that is there already; nothing if none is.
bool take_now(SOCKET s, received_datagram& next) noexcept {
  auto room = room_for(next.into);
  socket_address sender;
  DWORD size = 0;
  DWORD flags = 0;
  if (::WSARecvFrom(s, room.data(), static_cast<DWORD>(room.size()), &size, &flags, sender.room(),
                    sender.room_size(), nullptr, nullptr) != 0) {
    return false;
  }
  next.size = size;
  next.from = as_endpoint(sender.get()).value_or(endpoint{});
  return true;
}

}  // namespace

result<> apply_options(const char* operation, native_socket s, const udp_options& wish) {
  if (wish.broadcast) {
    STRAIT_CHECK(win32::set_option(operation, s, SOL_SOCKET, SO_BROADCAST, BOOL{TRUE}));
  }
  STRAIT_CHECK(win32::set_buffer(operation, s, SO_SNDBUF, wish.send_buffer));
  return win32::set_buffer(operation, s, SO_RCVBUF, wish.receive_buffer);
}

result<> bind_datagrams(const char* operation, native_socket s, const endpoint& at,
                        bool dual_stack) {
  win32::ignore_refusals(s);
  // Else any program could have the same place and take what comes.
  STRAIT_CHECK(win32::set_option(operation, s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}));
  if (at.address.is_v6()) {
    STRAIT_CHECK(
        win32::set_option(operation, s, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{dual_stack ? 0U : 1U}));
  }
  const socket_address address{at};
  return win32::check_socket(operation, ::bind(s, address.get(), address.size()));
}

result<> connect_datagrams(const char* operation, native_socket s, const endpoint& to) {
  const socket_address address{to};
  return win32::check_socket(operation, ::connect(s, address.get(), address.size()));
}

result<> send_datagram(const char* operation, native_socket s, const endpoint* to,
                       const_bytes message, const deadline& until) {
  auto piece = as_piece(message);
  return send_pieces(operation, s, to, {&piece, 1}, until);
}

result<> send_datagram(const char* operation, native_socket s, const endpoint* to,
                       const_bytes_list message, const deadline& until) {
  std::array<WSABUF, most_pieces> pieces{};
  std::size_t count = 0;
  for (const auto& piece : message) {
    if (piece.empty()) continue;
    if (count == pieces.size()) return fail(condition::argument_list_too_long, operation);
    pieces[count++] = as_piece(piece);
  }
  // One without bytes has one piece, too.
  return send_pieces(operation, s, to, std::span{pieces}.first(std::max<std::size_t>(count, 1)),
                     until);
}

result<std::size_t> receive_datagram(const char* operation, native_socket s, bytes into,
                                     endpoint* from, const deadline& until) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  for (;;) {
    auto room = room_for(into);
    socket_address sender;
    DWORD flags = 0;  // which may be written to until the call has ended
    const auto got = win32::socket_transfer(operation, s, until, [&](OVERLAPPED* io) {
      return ::WSARecvFrom(s, room.data(), static_cast<DWORD>(room.size()), nullptr, &flags,
                           sender.room(), sender.room_size(), io, nullptr);
    });
    if (got && from != nullptr) *from = as_endpoint(sender.get()).value_or(endpoint{});
    if (got) return got;
    // Where refusals cannot be switched off they still mean nothing to a socket that hears all.
    if (!is_refusal(got.error()) || is_connected(s)) return fail(as_refused(got.error()));
  }
}

result<std::size_t> send_datagrams(const char* operation, native_socket s, bool is_connected,
                                   std::span<const datagram_to_send> messages,
                                   const deadline& until) {
  std::size_t sent = 0;
  for (const auto& next : messages) {
    const auto done = send_datagram(operation, s, is_connected ? nullptr : &next.to, next.message,
                                    until);
    if (!done && sent == 0) return fail(done.error());
    if (!done) break;
    ++sent;
  }
  return sent;
}

result<std::size_t> receive_datagrams(const char* operation, native_socket s,
                                      std::span<received_datagram> messages,
                                      const deadline& until) {
  if (messages.empty()) return 0;
  auto& first = messages.front();
  STRAIT_TRY(first.size, receive_datagram(operation, s, first.into, &first.from, until));
  std::size_t count = 1;
  while (count < messages.size() && take_now(s, messages[count])) ++count;
  return count;
}

result<bool> check_adopted_datagrams(const char* operation, native_socket s) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  STRAIT_CHECK(win32::start_winsock(operation));
  const auto type = win32::socket_option<int>(operation, s, SOL_SOCKET, SO_TYPE);
  if (!type && type.error() != condition::not_a_socket) return fail(type.error());
  socket_address here;
  const bool has_place = ::getsockname(s, here.room(), here.room_size()) == 0;
  if (type.value_or(0) != SOCK_DGRAM || !has_place || !as_endpoint(here.get())) {
    return fail(condition::invalid_argument, operation);
  }
  STRAIT_CHECK(win32::never_block(operation, s));
  const bool connected = is_connected(s);
  if (!connected) win32::ignore_refusals(s);
  return connected;
}

}  // namespace strait::detail
