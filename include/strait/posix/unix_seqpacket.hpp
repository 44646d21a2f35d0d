// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/detail/path_socket.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/peer.hpp>
#include <strait/unix_address.hpp>
#include <strait/unix_socket.hpp>
#include <strait/wait.hpp>

namespace strait::posix {

/// One end of a connection through a Unix domain socket that keeps messages whole: each is received
/// as it was sent, in order.
///
/// macOS has none: there who connects or listens fails with not_supported.
/// One thread may receive while another sends; other sharing needs a lock. Default-constructed and
/// moved-from connections are closed.
class STRAIT_API unix_seqpacket {
 public:
  unix_seqpacket() noexcept = default;

  /// Connects as unix_stream does, and fails as that does.
  [[nodiscard]] static result<unix_seqpacket> connect(const unix_address& to,
                                                      const deadline& until = {});

  /// Waits for room and sends one message. Without a deadline this is one system call.
  ///
  /// Fails with message_size if it is too long, broken_pipe if the peer has closed (never with a
  /// signal), timed_out, operation_canceled, bad_file_descriptor; argument_list_too_long for more
  /// than 16 pieces. FreeBSD: with not_supported if it is empty, for it would be the end.
  result<> send(const_bytes message, const deadline& until = {});
  /// The same, gathered from several pieces.
  result<> send(const_bytes_list message, const deadline& until = {});

  /// Waits for a message; returns its size, which may be 0, or nothing if the peer has finished or
  /// closed and all it sent has been received. Without a deadline this is one system call.
  ///
  /// Fails with message_size if the message is longer than `into`, which has its beginning then:
  /// the rest is gone, and `error::done` tells how long it was. Fails with timed_out,
  /// operation_canceled, bad_file_descriptor.
  [[nodiscard]] result<std::optional<std::size_t>> receive(bytes into, const deadline& until = {});

  /// Says that nothing more will be sent: the peer comes to the end, and may still answer.
  result<> finish();

  /// Who is at the other end.
  [[nodiscard]] result<peer_process> peer() const;

  /// For wait_any: a message, or the end.
  [[nodiscard]] readiness readable() const noexcept {
    return readiness{detail::watched::socket(io_.get(), detail::watched::kind::readable)};
  }
  /// For wait_any: room to send, or a peer that has closed.
  [[nodiscard]] readiness writable() const noexcept {
    return readiness{detail::watched::socket(io_.get(), detail::watched::kind::writable)};
  }

  result<> close() noexcept { return io_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a connected socket that something else made.
  ///
  /// Fails with invalid_argument if it is something else.
  [[nodiscard]] static result<unix_seqpacket> adopt(socket_handle s);
  [[nodiscard]] socket_handle release() noexcept { return std::move(io_); }
  [[nodiscard]] native_socket native() const noexcept { return io_.get(); }

 private:
  friend class unix_seqpacket_listener;
  explicit unix_seqpacket(socket_handle s) noexcept;

  socket_handle io_;
};

/// Waits at a path, or at an abstract name, for such connections.
///
/// Any number of threads may accept at once; a default-constructed or moved-from listener is
/// closed.
class STRAIT_API unix_seqpacket_listener {
 public:
  using options = unix_listener_options;

  unix_seqpacket_listener() noexcept = default;

  /// Claims the path as unix_listener does, and fails as that does.
  [[nodiscard]] static result<unix_seqpacket_listener> create(const unix_address& at,
                                                              const options& wish = {});

  /// Waits for the next peer, as unix_listener does.
  [[nodiscard]] result<unix_seqpacket> accept(const deadline& until = {});

  /// For wait_any: somebody waits to be accepted.
  [[nodiscard]] readiness acceptable() const noexcept {
    return readiness{detail::watched::socket(io_.native(), detail::watched::kind::acceptable)};
  }

  /// Stops listening, and takes the path away if it is still its own.
  result<> close() noexcept { return io_.close("close Unix seqpacket listener"); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a listening socket that something else made: its path stays when it is closed.
  ///
  /// Fails with invalid_argument if it is something else.
  [[nodiscard]] static result<unix_seqpacket_listener> adopt(socket_handle s);
  /// Gives the socket up. Its path stays, and is nobody's charge.
  [[nodiscard]] socket_handle release() noexcept { return io_.release(); }
  [[nodiscard]] native_socket native() const noexcept { return io_.native(); }

 private:
  explicit unix_seqpacket_listener(detail::path_socket&& io) noexcept : io_{std::move(io)} {}

  detail::path_socket io_;
};

}  // namespace strait::posix
