// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <strait/deadline.hpp>
#include <strait/endpoint.hpp>
#include <strait/handle.hpp>
#include <strait/tcp.hpp>

// What sockets of the Internet need beside the moving of bytes. Twins.
namespace strait::detail {

enum class transport : std::uint8_t { stream, datagram };

/// A socket for endpoints of the same family as `like`.
result<socket_handle> new_socket(const char* operation, const endpoint& like, transport how);

/// Gives it a place, which nobody else can take meanwhile.
result<> bind_socket(const char* operation, native_socket s, const endpoint& at, bool dual_stack);
result<> listen_socket(const char* operation, native_socket s, std::uint32_t backlog);

/// Begins to connect without waiting. When the socket is writable, connect_outcome tells how it
/// went.
result<> begin_connect(const char* operation, native_socket s, const endpoint& to);
/// Ends what begin_connect began. The socket is as stream_socket wants it then.
result<> connect_outcome(const char* operation, native_socket s);

/// The next who has connected.
result<socket_handle> accept_socket(const char* operation, native_socket s, const deadline& until);

result<> apply_options(const char* operation, native_socket s, const tcp_options& wish);

result<endpoint> local_endpoint(const char* operation, native_socket s);
result<endpoint> remote_endpoint(const char* operation, native_socket s);

/// Sees that it is a stream that is connected, or one that listens, and makes its calls as they are
/// on a socket of our own. Fails with invalid_argument.
result<> check_adopted(const char* operation, native_socket s, bool listens);

}  // namespace strait::detail
