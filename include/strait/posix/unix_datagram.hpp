// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/detail/path_socket.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/unix_address.hpp>
#include <strait/wait.hpp>

namespace strait::posix {

struct unix_datagram_options {
  /// Who may send to it: the mode of the socket, whatever the umask. macOS, and FreeBSD before 14:
  /// for the moment in which it is made the umask alone decides.
  access who = access::owner;
  std::size_t send_buffer = 0;     ///< In bytes; 0 leaves it to the system.
  std::size_t receive_buffer = 0;  ///< The same.
};

/// Sends and receives whole messages through a Unix domain socket: to programs that want them, a
/// log daemon or a service manager. Within a machine none is lost, doubled or overtaken by another
/// of the same sender.
///
///     auto socket = or_throw(posix::unix_datagram::create());
///     or_throw(socket.send_to("/run/systemd/notify", as_bytes("READY=1")));
///
/// One thread may receive while another sends; other sharing needs a lock. Default-constructed and
/// moved-from sockets are closed.
class STRAIT_API unix_datagram {
 public:
  using options = unix_datagram_options;

  unix_datagram() noexcept = default;

  /// A socket that has no place: it sends, and nobody can answer.
  [[nodiscard]] static result<unix_datagram> create(const options& wish = {});

  /// A socket at a path, or at an abstract name: claims it as unix_listener does, and fails as that
  /// does.
  [[nodiscard]] static result<unix_datagram> create(const unix_address& at,
                                                    const options& wish = {});

  /// Sends one message, and waits while the receiver has no room for it.
  ///
  /// Linux: without a deadline this is one system call. Else nothing tells when there is room: this
  /// looks again, at least each 50 ms.
  /// Fails with message_size if it is too long (macOS takes 2048 bytes unless send_buffer is more),
  /// no_such_file_or_directory or connection_refused if nobody receives there, permission_denied,
  /// timed_out, operation_canceled, bad_file_descriptor; argument_list_too_long for more than 16
  /// pieces.
  result<> send_to(const unix_address& to, const_bytes message, const deadline& until = {});
  /// The same, gathered from several pieces.
  result<> send_to(const unix_address& to, const_bytes_list message, const deadline& until = {});

  /// Waits for a message; returns its size, which may be 0. Without a deadline this is one system
  /// call.
  ///
  /// Fails with message_size if it is longer than `into`, which has its beginning then: the rest is
  /// gone, and `error::done` tells how long it was. Fails with timed_out, operation_canceled,
  /// bad_file_descriptor.
  [[nodiscard]] result<std::size_t> receive(bytes into, const deadline& until = {});
  /// The same, telling who sent it: unnamed, if that one has no place.
  [[nodiscard]] result<std::size_t> receive_from(bytes into, unix_address& from,
                                                 const deadline& until = {});

  /// For wait_any: a message.
  [[nodiscard]] readiness readable() const noexcept {
    return readiness{detail::watched::socket(io_.native(), detail::watched::kind::readable)};
  }

  /// Closes now, and takes the path away if it is still its own. What was not received is lost.
  result<> close() noexcept { return io_.close("close Unix datagram socket"); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a socket for datagrams that something else made: its path stays.
  ///
  /// Fails with invalid_argument if it is something else.
  [[nodiscard]] static result<unix_datagram> adopt(socket_handle s);
  /// Gives the socket up. Its path stays, and is nobody's charge.
  [[nodiscard]] socket_handle release() noexcept { return io_.release(); }
  [[nodiscard]] native_socket native() const noexcept { return io_.native(); }

 private:
  explicit unix_datagram(detail::path_socket&& io) noexcept : io_{std::move(io)} {}

  detail::path_socket io_;
};

}  // namespace strait::posix
