// SPDX-License-Identifier: MIT
// macOS has no calls for many datagrams, and those of FreeBSD are loops in its C library.
#include "../datagram_batch.hpp"
#include "../../datagrams.hpp"

#include <array>

namespace strait::posix {

ssize_t send_some(int fd, bool is_connected, std::span<const datagram_to_send> messages,
                  int flags) noexcept {
  ssize_t sent = 0;
  for (const auto& next : messages) {
    const auto to = is_connected ? detail::socket_address{} : detail::socket_address{next.to};
    const auto* const where = is_connected ? nullptr : to.get();
    if (::sendto(fd, next.message.data(), next.message.size(), flags, where, to.size()) == -1) {
      return sent == 0 ? -1 : sent;
    }
    ++sent;
  }
  return sent;
}

ssize_t receive_some(int fd, std::span<received_datagram> messages, bool wait) noexcept {
  ssize_t count = 0;
  for (auto& next : messages) {
    detail::socket_address sender;
    const auto size = receive_one(fd, next.into, &sender, wait && count == 0 ? 0 : MSG_DONTWAIT);
    if (size == -1) return count == 0 ? -1 : count;
    next.size = static_cast<std::size_t>(size);
    next.from = detail::as_endpoint(sender.get()).value_or(endpoint{});
    ++count;
  }
  return count;
}

ssize_t receive_one(int fd, bytes into, detail::socket_address* from, int flags) noexcept {
  std::array<iovec, 2> parts{as_part(into), as_part(detail::nobody_reads)};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  if (from != nullptr) {
    message.msg_name = from->room();
    message.msg_namelen = *from->room_size();
  }
  return ::recvmsg(fd, &message, flags);
}

}  // namespace strait::posix
