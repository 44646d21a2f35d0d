// SPDX-License-Identifier: MIT
#include "../path_socket.hpp"
#include "../pause.hpp"
#include "../unix_place.hpp"
#include "local_address.hpp"
#include "socket_type.hpp"

namespace strait::detail {
namespace {

constexpr auto limit_hint = posix::longest_socket_path == 107
                                ? "a socket's path has at most 107 bytes on this system"
                                : "a socket's path has at most 103 bytes on this system";

/// Whether to try again because the backlog is full. Linux says EAGAIN. Others refuse, as where
/// nobody listens; then there is somebody if the name is held, at least in a moment.
bool is_busy(const char* operation, int code, const place& where) {
  if (code == EAGAIN) return true;
  return code == ECONNREFUSED && is_claimed(operation, where);
}

result<> connect(const char* operation, int socket, const place& where, bool is_abstract,
                 const deadline& until) {
  const posix::local_address address{where.path, is_abstract};
  patience patience{operation, where.name, until};
  for (;;) {
    if (::connect(socket, address.get(), address.size()) == 0) return {};
    const int code = errno;
    if (code == EISCONN) return {};  // a signal came when all was done
    if (code == EINTR) continue;
    const bool is_worth_a_try = is_abstract ? code == EAGAIN : is_busy(operation, code, where);
    if (!is_worth_a_try) return fail(posix::make_error(operation, code, where.name));
    STRAIT_CHECK(patience.wait());
  }
}

}  // namespace

result<place> place_of(const char* operation, const unix_address& where) {
  STRAIT_TRY(auto made, checked_place(operation, where, posix::longest_socket_path, limit_hint));
  if (where.is_abstract() && !posix::has_abstract_names) {
    return fail(condition::not_supported, operation, made.name,
                "only Linux has abstract names for sockets");
  }
  return made;
}

result<socket_handle> connect_to_path(const char* operation, const place& where, bool is_abstract,
                                      unix_kind kind, const deadline& until) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation, where.name);
  STRAIT_TRY(auto socket, posix::new_unix_socket(operation, where.name, kind));
  const bool is_timed = !until.is_never();
  if (is_timed) STRAIT_CHECK(posix::set_nonblocking(operation, socket.get(), true));
  STRAIT_CHECK(connect(operation, socket.get(), where, is_abstract, until));
  if (is_timed) STRAIT_CHECK(posix::set_nonblocking(operation, socket.get(), false));
  return socket;
}

result<> check_kind(const char* operation, native_socket s, unix_kind kind) {
  const auto fits = posix::is_local(operation, s, posix::type_of(kind));
  if (!fits && fits.error() != condition::not_a_socket) return fail(fits.error());
  if (!fits.value_or(false)) return fail(condition::invalid_argument, operation);
  return {};
}

result<> check_connected(const char* operation, native_socket s, unix_kind kind) {
  STRAIT_CHECK(check_kind(operation, s, kind));
  // A look ahead shows whether it is connected: getpeername() fails, too, when the peer is gone.
  std::byte next{};
  const auto seen = posix::retry(operation,
                                 [&] { return ::recv(s, &next, 1, MSG_PEEK | MSG_DONTWAIT); });
  if (!seen && (seen.error().native == ENOTCONN || seen.error().native == EINVAL)) {
    return fail(condition::invalid_argument, operation);
  }
  posix::make_quiet(s);
  return {};
}

result<> check_listening(const char* operation, native_socket s, unix_kind kind) {
  STRAIT_CHECK(check_kind(operation, s, kind));
  const auto listens = posix::socket_option<int>(operation, s, SOL_SOCKET, SO_ACCEPTCONN);
  if (listens.value_or(0) == 0) return fail(condition::invalid_argument, operation);
  return {};
}

}  // namespace strait::detail
