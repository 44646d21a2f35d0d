// SPDX-License-Identifier: MIT
#pragma once

#include "winsock.hpp"

#include <mswsock.h>

#include <algorithm>
#include <array>
#include <limits>

#include <strait/bytes.hpp>

// How bytes go through sockets, which are in non-blocking mode.
namespace strait::win32 {

template <class Value>
result<> set_option(const char* operation, SOCKET s, int level, int option, const Value& value) {
  return check_socket(operation, ::setsockopt(s, level, option,
                                              reinterpret_cast<const char*>(&value), sizeof value));
}

template <class Value>
result<Value> socket_option(const char* operation, SOCKET s, int level, int option) {
  Value value{};
  int size = sizeof value;
  STRAIT_CHECK(check_socket(
      operation, ::getsockopt(s, level, option, reinterpret_cast<char*>(&value), &size)));
  return value;
}

/// 0 leaves it to the system.
inline result<> set_buffer(const char* operation, SOCKET s, int option, std::size_t size) {
  if (size == 0) return {};
  constexpr std::size_t most = std::numeric_limits<int>::max();
  return set_option(operation, s, SOL_SOCKET, option, static_cast<int>(std::min(size, most)));
}

/// Makes the calls wait no more, unless they are overlapped.
inline result<> never_block(const char* operation, SOCKET s) {
  u_long on = 1;
  return check_socket(operation, ::ioctlsocket(s, static_cast<long>(FIONBIO), &on));
}

/// A socket as the functions below want it.
inline result<socket_handle> open_socket(const char* operation, int family, int type) {
  STRAIT_CHECK(start_winsock(operation));
  const SOCKET raw = ::WSASocketW(family, type, 0, nullptr, 0,
                                  WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (raw == INVALID_SOCKET) return fail(last_socket_error(operation));
  auto made = socket_handle::adopt(raw);
  STRAIT_CHECK(never_block(operation, raw));
  return made;
}

/// For sockets for datagrams: what others refuse would else be told by the next receive, which has
/// nothing to do with it.
inline void ignore_refusals(SOCKET s) noexcept {
  constexpr DWORD udp_netreset = _WSAIOW(IOC_VENDOR, 15);  // SIO_UDP_NETRESET: not in every SDK
  for (const DWORD what : {static_cast<DWORD>(SIO_UDP_CONNRESET), udp_netreset}) {
    BOOL told = FALSE;
    DWORD size = 0;
    ::WSAIoctl(s, what, &told, sizeof told, nullptr, 0, &size, nullptr, nullptr);
  }
}

/// The pieces of one call, as the system wants them. More than fit are left for the next call.
class buffers {
 public:
  template <class Byte>
  explicit buffers(std::span<const std::span<Byte>> list) noexcept {
    for (const auto& piece : list) {
      if (piece.empty()) continue;
      if (count_ == entries_.size()) break;
      auto* const begin = reinterpret_cast<char*>(const_cast<std::byte*>(piece.data()));
      entries_[count_++] = {.len = clamp(piece.size()), .buf = begin};
      if (piece.size() > MAXLONG) break;  // its rest comes first
    }
  }

  [[nodiscard]] WSABUF* data() noexcept { return entries_.data(); }
  [[nodiscard]] DWORD count() const noexcept { return static_cast<DWORD>(count_); }

 private:
  std::array<WSABUF, 16> entries_;
  std::size_t count_ = 0;
};

/// Begins an overlapped call and waits for its end; at the deadline or a stop, ends it. `begin`
/// returns as WSARecv. Only for calls that have done nothing if they are ended.
template <class Begin>
result<std::size_t> socket_transfer(const char* operation, SOCKET s, const deadline& until,
                                    Begin begin) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  OVERLAPPED io{};
  STRAIT_TRY(io.hEvent, call_event(operation));
  result<> waited;
  if (begin(&io) != 0) {
    const auto why = last_socket_error(operation);
    if (why.native != WSA_IO_PENDING) return fail(why);
    waited = wait_for(operation, io.hEvent, until);
    if (!waited) ::CancelIoEx(as_handle(s), &io);
  }
  // Waits on even when cancelled: the kernel may write to `io` until it says so. And the call may
  // have been faster than its end, in which case it counts.
  DWORD moved = 0;
  DWORD flags = 0;
  if (::WSAGetOverlappedResult(s, &io, &moved, TRUE, &flags)) return moved;
  const auto why = last_socket_error(operation);
  if (!waited && why.native == WSA_OPERATION_ABORTED) return fail(waited.error());
  return fail(why);
}

/// What ends a connection without its consent is one thing to us. Who had one and has none now has
/// lost it like that. WSAENETRESET says that keep-alive has given the peer up.
template <class T>
result<T> as_reset(result<T> done) noexcept {
  if (!done && done.error().native == WSAENETRESET) {
    done.error().condition = condition::timed_out;
    return done;
  }
  if (!done &&
      (done.error() == condition::connection_aborted || done.error() == condition::not_connected)) {
    done.error().condition = condition::connection_reset;
  }
  return done;
}

/// Whether it has messages, of which a read takes one as a whole.
inline bool is_datagram(SOCKET s) noexcept {
  return socket_option<int>("wait for any", s, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM;
}

/// Whether a call would not have to wait: one look. What could not connect is ready, too.
inline bool is_ready(SOCKET s, bool to_write) noexcept {
  fd_set asked{.fd_count = 1, .fd_array = {s}};
  fd_set failed = asked;
  timeval no_wait{};
  const int found = ::select(0, to_write ? nullptr : &asked, to_write ? &asked : nullptr, &failed,
                             &no_wait);
  if (found <= 0) return found != 0;
  if (FD_ISSET(s, &asked)) return true;
  // Of what is connected the other set means urgent data, which are no reason to try.
  detail::socket_address peer;
  return ::getpeername(s, peer.room(), peer.room_size()) != 0;
}

/// Takes note of what has been reported of a socket, which else may be reported again and again:
/// whether its connection was lost. The end of what the peer writes is no loss.
inline bool was_lost(SOCKET s) noexcept {
  WSANETWORKEVENTS seen{};
  return ::WSAEnumNetworkEvents(s, nullptr, &seen) == 0 && (seen.lNetworkEvents & FD_CLOSE) != 0 &&
         seen.iErrorCode[FD_CLOSE_BIT] != 0;
}

/// For as long as it lives, what may happen to a socket signals an event.
class selected {
 public:
  selected(SOCKET s, HANDLE event, long what) noexcept
      : socket_{s}, code_{::WSAEventSelect(s, event, what)} {}
  selected(const selected&) = delete;
  selected& operator=(const selected&) = delete;
  ~selected() { ::WSAEventSelect(socket_, nullptr, 0); }

  [[nodiscard]] result<> check(const char* operation) const noexcept {
    return check_socket(operation, code_);
  }

 private:
  SOCKET socket_;
  int code_;
};

/// Waits for room.
inline result<> wait_for_room(const char* operation, SOCKET s, const deadline& until) {
  STRAIT_TRY(HANDLE const event, call_event(operation));
  ::ResetEvent(event);
  const selected asked{s, event, FD_WRITE | FD_CLOSE};
  STRAIT_CHECK(asked.check(operation));
  for (;;) {
    if (was_lost(s) || is_ready(s, true)) return {};
    STRAIT_CHECK(check_time(operation, until));
    STRAIT_CHECK(wait_for(operation, event, until));
    ::ResetEvent(event);
  }
}

}  // namespace strait::win32
