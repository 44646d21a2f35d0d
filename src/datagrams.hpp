// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/endpoint.hpp>
#include <strait/handle.hpp>
#include <strait/udp.hpp>

// What sockets for datagrams do. Twins.
namespace strait::detail {

/// More pieces than this are no message: what does not fit into a call cannot follow in the next.
inline constexpr std::size_t most_pieces = 16;

/// Where the rest of a long datagram goes, on systems that tell its length only so. Nobody reads
/// it, so all threads share it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): it means nothing to anybody
inline std::array<std::byte, 65'536> nobody_reads;

result<> apply_options(const char* operation, native_socket s, const udp_options& wish);

/// Gives it a place that nobody else can have meanwhile, and makes it deaf to refusals.
result<> bind_datagrams(const char* operation, native_socket s, const endpoint& at,
                        bool dual_stack);
result<> connect_datagrams(const char* operation, native_socket s, const endpoint& to);

/// Sends one message; without `to` where the socket is connected to.
result<> send_datagram(const char* operation, native_socket s, const endpoint* to,
                       const_bytes message, const deadline& until);
/// The same of up to most_pieces pieces.
result<> send_datagram(const char* operation, native_socket s, const endpoint* to,
                       const_bytes_list message, const deadline& until);

/// Waits for a message; returns its size, which may be more than `into` has.
result<std::size_t> receive_datagram(const char* operation, native_socket s, bytes into,
                                     endpoint* from, const deadline& until);

result<std::size_t> send_datagrams(const char* operation, native_socket s, bool is_connected,
                                   std::span<const datagram_to_send> messages,
                                   const deadline& until);
result<std::size_t> receive_datagrams(const char* operation, native_socket s,
                                      std::span<received_datagram> messages, const deadline& until);

/// Sees that it is a socket for datagrams, and makes its calls as they are on one of our own;
/// returns whether it is connected. Fails with invalid_argument.
result<bool> check_adopted_datagrams(const char* operation, native_socket s);

}  // namespace strait::detail
