// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/endpoint.hpp>
#include <strait/handle.hpp>
#include <strait/multicast.hpp>
#include <strait/network_interface.hpp>

// What sockets for multicast do beside what all sockets for datagrams do. Twins.
namespace strait::detail {

result<> apply_options(const char* operation, native_socket s, const multicast_options& wish);

/// Gives it a port, shared with who shares it, and lets it be told what was sent where.
result<> bind_multicast(const char* operation, native_socket s, std::uint16_t port, bool v6);

/// On one interface. To join what is joined may fail, in the words of the system.
result<> join_group(const char* operation, native_socket s, const ip_address& group,
                    const network_interface& on, const std::optional<ip_address>& source);
result<> leave_group(const char* operation, native_socket s, const ip_address& group,
                     const network_interface& on, const std::optional<ip_address>& source);

/// From now on messages leave there.
result<> send_through(const char* operation, native_socket s, bool v6,
                      const network_interface& way);

/// Waits for a message, whoever it is for. Its size may be more than `into` has.
result<multicast_message> receive_multicast(const char* operation, native_socket s, bytes into,
                                            const deadline& until);

}  // namespace strait::detail
