// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "socket.hpp"

// Messages that Unix domain sockets keep whole.
namespace strait::posix {

/// Where the rest of a long message goes, on systems that tell its length only so. Nobody reads it,
/// so all threads share it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): nobody reads it
inline std::array<std::byte, 65'536> cut_off;

/// Fails with argument_list_too_long: what does not fit into a call cannot follow in the next.
inline result<> check_pieces(const char* operation, const_bytes_list message,
                             const parts& pieces) noexcept {
  const auto is_some = [](const const_bytes& piece) { return !piece.empty(); };
  if (std::ranges::count_if(message, is_some) == pieces.count()) return {};
  return fail(condition::argument_list_too_long, operation, {},
              "at most 16 pieces are one message");
}

/// Takes one message, and returns how long it was. `message` says what is wanted beside it, and
/// has it afterwards.
inline result<std::size_t> receive_message(const char* operation, int fd, bytes into,
                                           msghdr& message, const deadline& until) {
  const std::array list{into, receive_length != 0 ? bytes{} : bytes{cut_off}};
  const parts pieces{bytes_list{list}};
  const auto wanted = message;
  return transfer(operation, fd, POLLIN, until, [&] {
    message = wanted;
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(pieces.count());
    return ::recvmsg(fd, &message, receive_length | no_wait(until));
  });
}

/// Fails with message_size if a message of `size` bytes does not fit.
inline result<std::size_t> check_fits(const char* operation, std::size_t size, bytes into) {
  if (size <= into.size()) return size;
  return fail(error{.condition = condition::message_size,
                    .operation = operation,
                    .done = size,
                    .hint = "error::done tells how long the message was"});
}

}  // namespace strait::posix
