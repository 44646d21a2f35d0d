// SPDX-License-Identifier: MIT
#include <strait/detail/stream_socket.hpp>

#include "socket_call.hpp"

namespace strait::detail {
namespace {

/// Writes what fits, and waits for room while nothing does. An overlapped call could not be ended
/// without a doubt about how much it had sent.
result<std::size_t> write_in_time(const char* operation, SOCKET s, win32::buffers& pieces,
                                  const deadline& until) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  for (;;) {
    DWORD moved = 0;
    if (::WSASend(s, pieces.data(), pieces.count(), &moved, 0, nullptr, nullptr) == 0) return moved;
    const auto why = win32::last_socket_error(operation);
    if (why.native != WSAEWOULDBLOCK) return fail(why);
    STRAIT_CHECK(win32::check_time(operation, until));  // whatever the wait thinks of it
    const auto waited = win32::wait_for_room(operation, s, until);
    // Room for a little may be no reason to end a wait: a last try tells.
    if (!waited && waited.error() != condition::timed_out) return fail(waited.error());
  }
}

}  // namespace

result<std::size_t> stream_socket::read(const char* operation, bytes into, const deadline& until) {
  return read(operation, bytes_list{&into, 1}, until);
}

result<std::size_t> stream_socket::read(const char* operation, bytes_list into,
                                        const deadline& until) {
  if (!io_) return fail(condition::bad_file_descriptor, operation);
  win32::buffers pieces{into};
  if (pieces.count() == 0) return 0;
  DWORD flags = 0;  // which may be written to until the call has ended
  return win32::as_reset(win32::socket_transfer(operation, io_.get(), until, [&](OVERLAPPED* io) {
    return ::WSARecv(io_.get(), pieces.data(), pieces.count(), nullptr, &flags, io, nullptr);
  }));
}

result<std::size_t> stream_socket::write(const char* operation, const_bytes from,
                                         const deadline& until) {
  return write(operation, const_bytes_list{&from, 1}, until);
}

result<std::size_t> stream_socket::write(const char* operation, const_bytes_list from,
                                         const deadline& until) {
  if (!io_) return fail(condition::bad_file_descriptor, operation);
  win32::buffers pieces{from};
  if (pieces.count() == 0) return 0;
  if (!until.is_never()) return win32::as_reset(write_in_time(operation, io_.get(), pieces, until));
  return win32::as_reset(win32::socket_transfer(operation, io_.get(), until, [&](OVERLAPPED* io) {
    return ::WSASend(io_.get(), pieces.data(), pieces.count(), nullptr, 0, io, nullptr);
  }));
}

result<> stream_socket::finish(const char* operation) {
  if (!io_) return fail(condition::bad_file_descriptor, operation);
  return win32::as_reset(win32::check_socket(operation, ::shutdown(io_.get(), SD_SEND)));
}

}  // namespace strait::detail
