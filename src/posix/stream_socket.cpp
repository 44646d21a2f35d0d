// SPDX-License-Identifier: MIT
#include <strait/detail/stream_socket.hpp>

#include "socket.hpp"

namespace strait::detail {

// The common case comes first and is small; what fails is looked at by the general call.

result<std::size_t> stream_socket::read(const char* operation, bytes into, const deadline& until) {
  if (until.is_never() && !into.empty()) [[likely]] {
    const auto moved = ::recv(io_.get(), into.data(), into.size(), 0);
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
    // What is said once must not be lost.
    if (errno != EINTR && errno != EAGAIN) return fail(posix::last_error(operation));
  }
  return read(operation, bytes_list{&into, 1}, until);
}

result<std::size_t> stream_socket::read(const char* operation, bytes_list into,
                                        const deadline& until) {
  return posix::receive(operation, io_.get(), into, until);
}

result<std::size_t> stream_socket::write(const char* operation, const_bytes from,
                                         const deadline& until) {
  if (until.is_never() && !from.empty()) [[likely]] {
    const auto moved = ::send(io_.get(), from.data(), from.size(), posix::send_quiet);
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
    if (errno != EINTR && errno != EAGAIN) return fail(posix::last_error(operation));
  }
  return write(operation, const_bytes_list{&from, 1}, until);
}

result<std::size_t> stream_socket::write(const char* operation, const_bytes_list from,
                                         const deadline& until) {
  return posix::send(operation, io_.get(), from, until);
}

result<> stream_socket::finish(const char* operation) {
  const auto done = posix::retry(operation, [&] { return ::shutdown(io_.get(), SHUT_WR); });
  if (done) return {};
  auto why = done.error();
  if (why == condition::not_connected) why.condition = condition::connection_reset;  // not any more
  return fail(why);
}

}  // namespace strait::detail
