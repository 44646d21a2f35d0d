// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include <strait/access.hpp>
#include <strait/detail/path_socket.hpp>
#include <strait/unix_address.hpp>

#include "runtime_directory.hpp"
#include "try.hpp"

// Unix domain sockets. Twins.
namespace strait::detail {

enum class unix_kind : std::uint8_t { stream, seqpacket, datagram };

/// What is wanted of path_socket::create.
struct path_plan {
  const char* operation;
  place where;
  bool is_abstract = false;
  /// Whether programs may use the path that know nothing of the lock beside it.
  bool is_native = true;
  access who = access::owner;
  std::uint32_t backlog = 1;  ///< Of those that listen.
  unix_kind kind = unix_kind::stream;
};

/// An address as the functions below want it, and as errors call it. Fails as unix_address says.
result<place> place_of(const char* operation, const unix_address& where);

/// Connects, and waits only if the backlog is full.
result<socket_handle> connect_to_path(const char* operation, const place& where, bool is_abstract,
                                      unix_kind kind, const deadline& until);

/// See that it is what the name says, of that kind, and make its calls as they are on a socket of
/// our own. Fail with invalid_argument.
result<> check_kind(const char* operation, native_socket s, unix_kind kind);
result<> check_connected(const char* operation, native_socket s, unix_kind kind);
result<> check_listening(const char* operation, native_socket s, unix_kind kind);

}  // namespace strait::detail
