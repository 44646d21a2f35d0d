// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/detail/path_socket.hpp>
#include <strait/detail/stream_socket.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/peer.hpp>
#include <strait/unix_address.hpp>
#include <strait/wait.hpp>

namespace strait {

/// One end of a connection through a Unix domain socket: a stream of bytes each way, to talk with
/// programs that know nothing of strait. Between programs of its own see local_stream.
///
///     auto stream = or_throw(unix_stream::connect("/run/other/program.sock", 5s));
///
/// One thread may read while another writes; other sharing needs a lock. Default-constructed and
/// moved-from streams are closed. Windows has such sockets since Windows 10, version 1803.
class STRAIT_API unix_stream {
 public:
  unix_stream() noexcept = default;

  /// Connects to who listens there, whoever that is: see peer(). Waits only if the backlog is full.
  ///
  /// Fails with no_such_file_or_directory or connection_refused if nobody listens, timed_out,
  /// operation_canceled, permission_denied; as unix_address says; address_family_not_supported
  /// where Windows is too old.
  [[nodiscard]] static result<unix_stream> connect(const unix_address& to,
                                                   const deadline& until = {});

  /// Waits for data and reads at least one byte of it; 0 means that the peer has finished or closed
  /// and all it wrote has been read. Nothing is read into an empty `into`.
  ///
  /// Without a deadline this is one system call. A read that fails has taken nothing.
  /// Fails with timed_out, operation_canceled, bad_file_descriptor if the stream is closed.
  [[nodiscard]] result<std::size_t> read(bytes into, const deadline& until = {});
  /// The same, filling several pieces in order.
  [[nodiscard]] result<std::size_t> read(bytes_list into, const deadline& until = {});

  /// Waits for room and writes some of `from`, at least one byte of it, or nothing if it is empty.
  ///
  /// Without a deadline this is one system call. A write that fails has written nothing.
  /// Fails with broken_pipe if the peer has closed (never with a signal) or this end has finished,
  /// timed_out, operation_canceled, bad_file_descriptor if the stream is closed.
  [[nodiscard]] result<std::size_t> write(const_bytes from, const deadline& until = {});
  /// The same, taking several pieces in order: a header and its body in one call.
  [[nodiscard]] result<std::size_t> write(const_bytes_list from, const deadline& until = {});

  /// Says that nothing more will be written: the peer reads to the end, and may still answer.
  ///
  /// Fails with broken_pipe if the peer has closed, where the system tells.
  result<> finish();

  /// Gives another program of strait what these handles refer to, as local_stream does. Windows:
  /// fails with not_supported.
  [[nodiscard]] result<> send_handles(std::span<const native_handle> handles,
                                      const deadline& until = {});
  /// Waits for what the peer's send_handles sends, as local_stream does. Windows: fails with
  /// not_supported.
  [[nodiscard]] result<std::size_t> receive_handles(std::span<handle> into,
                                                    const deadline& until = {});

  /// Who is at the other end. Windows: its number alone finds it, so ask while it lives; fails with
  /// no_such_process if it has ended.
  [[nodiscard]] result<peer_process> peer() const;

  /// For wait_any: data to read, or the end.
  [[nodiscard]] readiness readable() const noexcept { return io_.readable(); }
  /// For wait_any: room to write, or a peer that has closed.
  [[nodiscard]] readiness writable() const noexcept { return io_.writable(); }

  /// Closes now, to learn whether that worked. The peer still gets all that was written.
  result<> close() noexcept { return io_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a connected socket that something else made.
  ///
  /// Fails with invalid_argument if it is something else.
  [[nodiscard]] static result<unix_stream> adopt(socket_handle s);
  [[nodiscard]] socket_handle release() noexcept { return io_.release(); }
  [[nodiscard]] native_socket native() const noexcept { return io_.native(); }

 private:
  friend class unix_listener;
  explicit unix_stream(socket_handle s) noexcept : io_{std::move(s)} {}

  detail::stream_socket io_;
};

struct unix_listener_options {
  /// Who may connect. POSIX: the mode of the socket; the umask takes nothing from it. Not for
  /// abstract names, which have no mode.
  access who = access::owner;
  /// How many may wait to be accepted before others have to wait to connect, or are refused.
  std::uint32_t backlog = 64;
};

/// Waits at a path for streams to connect, from whatever program.
///
/// Any number of threads may accept at once; a default-constructed or moved-from listener is
/// closed.
class STRAIT_API unix_listener {
 public:
  using options = unix_listener_options;

  unix_listener() noexcept = default;

  /// Claims the path and listens. A socket at which nobody listens any more is taken away; anything
  /// else never is. Beside the path stands a file while it is claimed, PATH.lock.
  ///
  /// Fails with address_in_use if a living program listens there, file_exists if something else
  /// than a socket stands there, permission_denied; as unix_address says;
  /// address_family_not_supported where Windows is too old.
  ///
  /// Windows: a listener of another program that lives there sees somebody connect and leave.
  [[nodiscard]] static result<unix_listener> create(const unix_address& at,
                                                    const options& wish = {});

  /// Waits for the next peer. One that has left already may be among them: its stream is at its
  /// end. Fails with timed_out, operation_canceled, too_many_files_open.
  ///
  /// POSIX: on an adopted socket whose calls block, this may overstay its deadline if another
  /// process takes the peer at the same moment.
  [[nodiscard]] result<unix_stream> accept(const deadline& until = {});

  /// For wait_any: somebody waits to be accepted.
  [[nodiscard]] readiness acceptable() const noexcept {
    return readiness{detail::watched::socket(io_.native(), detail::watched::kind::acceptable)};
  }

  /// Stops listening, and takes the path away if it is still its own. Who waits to be accepted sees
  /// the connection end.
  result<> close() noexcept;
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a listening socket that something else made: its path stays when it is closed.
  ///
  /// Fails with invalid_argument if it is something else.
  [[nodiscard]] static result<unix_listener> adopt(socket_handle s);
  /// Gives the socket up. Its path stays, and is nobody's charge.
  [[nodiscard]] socket_handle release() noexcept { return io_.release(); }
  [[nodiscard]] native_socket native() const noexcept { return io_.native(); }

 private:
  explicit unix_listener(detail::path_socket&& io) noexcept : io_{std::move(io)} {}

  detail::path_socket io_;
};

}  // namespace strait
