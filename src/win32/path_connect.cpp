// SPDX-License-Identifier: MIT
#include "../net_socket.hpp"
#include "../path_socket.hpp"
#include "../pause.hpp"
#include "../unix_place.hpp"
#include "unix_address.hpp"

namespace strait::detail {
namespace {

using win32::last_socket_error;

/// Whether there is no such file. Winsock may say of that what it says where nobody listens.
bool is_missing(const std::string& path) {
  const auto wide = win32::widen(path);
  if (!wide || ::GetFileAttributesW(wide->c_str()) != INVALID_FILE_ATTRIBUTES) return false;
  return win32::condition_of(::GetLastError()) == condition::no_such_file_or_directory;
}

/// Whether it is about who listens there, and not about us.
bool may_be_missing(const error& why) noexcept {
  return why != condition::timed_out && why != condition::operation_canceled &&
         why != condition::address_family_not_supported;
}

/// It looks again and again at whether the connection is there, which is at once or hardly
/// later: no document says which events Winsock reports of such sockets.
result<> connect(const char* operation, SOCKET s, const place& where, const deadline& until) {
  if (::connect(s, win32::unix_path{where.path}.get(), win32::unix_path::size()) == 0) return {};
  const auto why = last_socket_error(operation, where.name);
  if (why.native != WSAEWOULDBLOCK) return fail(why);
  patience patience{operation, where.name, until};
  while (!win32::is_ready(s, true)) STRAIT_CHECK(patience.wait());
  auto outcome = connect_outcome(operation, s);
  if (!outcome) outcome.error().subject = std::string_view{where.name};
  return outcome;
}

}  // namespace

result<socket_handle> connect_once(const char* operation, const place& where,
                                   const deadline& until) {
  STRAIT_TRY(auto socket, win32::new_unix_socket(operation, where.name));
  STRAIT_CHECK(connect(operation, socket.get(), where, until));
  return socket;
}

result<place> place_of(const char* operation, const unix_address& where) {
  STRAIT_TRY(auto made, checked_place(operation, where, win32::longest_socket_path,
                                      "a socket's path has at most 107 bytes on this system"));
  if (where.is_abstract()) {
    return fail(condition::not_supported, operation, made.name,
                "only Linux has abstract names for sockets");
  }
  return made;
}

result<socket_handle> connect_to_path(const char* operation, const place& where,
                                      bool /*is_abstract*/, unix_kind /*kind*/,
                                      const deadline& until) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation, where.name);
  patience patience{operation, where.name, until};
  for (;;) {
    auto connected = connect_once(operation, where, until);
    if (connected) return connected;
    auto why = connected.error();
    if (may_be_missing(why) && is_missing(where.path)) {
      why.condition = condition::no_such_file_or_directory;
    }
    // A full backlog refuses. Then there is somebody.
    const bool is_busy = why == condition::connection_refused && is_claimed(operation, where);
    if (!is_busy) return fail(why);
    STRAIT_CHECK(patience.wait());
  }
}

result<> check_kind(const char* operation, native_socket s, unix_kind /*kind*/) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  STRAIT_CHECK(win32::start_winsock(operation));
  socket_address here;
  if (::getsockname(s, here.room(), here.room_size()) != 0) {
    const auto why = last_socket_error(operation);
    return why == condition::not_a_socket ? fail(condition::invalid_argument, operation)
                                          : fail(why);
  }
  if (here.family() != AF_UNIX) return fail(condition::invalid_argument, operation);
  return {};
}

result<> check_connected(const char* operation, native_socket s, unix_kind kind) {
  STRAIT_CHECK(check_kind(operation, s, kind));
  socket_address there;
  if (::getpeername(s, there.room(), there.room_size()) != 0) {
    return fail(condition::invalid_argument, operation);
  }
  return win32::never_block(operation, s);
}

result<> check_listening(const char* operation, native_socket s, unix_kind kind) {
  STRAIT_CHECK(check_kind(operation, s, kind));
  DWORD listens = 0;
  int size = sizeof listens;
  const int code = ::getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, reinterpret_cast<char*>(&listens),
                                &size);
  if (code != 0 || listens == 0) return fail(condition::invalid_argument, operation);
  return win32::never_block(operation, s);
}

}  // namespace strait::detail
