// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <strait/udp.hpp>

#include "socket.hpp"

namespace strait::posix {

// Many datagrams at once. These differ by system. Both return how many, or -1 as sendto() and
// recvfrom() say it; that is no more than one system call takes.

/// `flags` are those of sendto().
ssize_t send_some(int fd, bool is_connected, std::span<const datagram_to_send> messages,
                  int flags) noexcept;

/// With `wait` waits for the first, and for no other.
ssize_t receive_some(int fd, std::span<received_datagram> messages, bool wait) noexcept;

/// Takes one; returns its true length.
ssize_t receive_one(int fd, bytes into, detail::socket_address* from, int flags) noexcept;

}  // namespace strait::posix
