// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/name.hpp>
#include <strait/peer.hpp>
#include <strait/wait.hpp>

namespace strait {

struct local_stream_options {
  access who = access::owner;  ///< Whose listener is trusted: see strait::access.
};

/// One end of a connection between two processes of one machine: a stream of bytes each way.
///
/// POSIX: a Unix domain socket. Windows: a duplex named pipe of messages, read as bytes.
/// One thread may read while another writes; other sharing needs a lock. Default-constructed and
/// moved-from streams are closed.
class STRAIT_API local_stream {
 public:
  using options = local_stream_options;

  local_stream() noexcept = default;

  /// Connects to the listener called `n`. Waits only if its backlog is full.
  ///
  /// Fails with no_such_file_or_directory or connection_refused if nobody listens, timed_out,
  /// operation_canceled, permission_denied, also if the listener is somebody else's.
  [[nodiscard]] static result<local_stream> connect(const name& n, const deadline& until = {},
                                                    const options& wish = {});

  /// Both ends of a connection without a name: keep one, give the other to a child.
  [[nodiscard]] static result<std::pair<local_stream, local_stream>> create_pair();

  /// Waits for data and reads at least one byte of it; 0 means that the peer has finished or closed
  /// and all it wrote has been read. Nothing is read into an empty `into`.
  ///
  /// Without a deadline this is one system call. A read that fails has taken nothing.
  /// Fails with timed_out, operation_canceled, bad_file_descriptor if the stream is closed.
  [[nodiscard]] result<std::size_t> read(bytes into, const deadline& until = {});
  /// The same, filling several pieces in order. Windows: the first that is not empty.
  [[nodiscard]] result<std::size_t> read(bytes_list into, const deadline& until = {});

  /// Waits for room and writes some of `from`, at least one byte of it, or nothing if it is empty.
  /// What was written stays readable after this end, or this process, is gone.
  ///
  /// Without a deadline this is one system call. A write that fails has written nothing.
  /// Fails with broken_pipe if the peer has closed (never with a signal) or this end has finished,
  /// timed_out, operation_canceled, bad_file_descriptor if the stream is closed.
  [[nodiscard]] result<std::size_t> write(const_bytes from, const deadline& until = {});
  /// The same, taking several pieces in order: a header and its body in one call.
  [[nodiscard]] result<std::size_t> write(const_bytes_list from, const deadline& until = {});

  /// Says that nothing more will be written: the peer reads to the end, and may still answer.
  ///
  /// Fails with broken_pipe if the peer has closed. Windows: with not_supported on a stream to a
  /// pipe of bytes that another program made.
  result<> finish();

  /// Gives the peer the use of what these handles refer to; it takes its place in the stream, and
  /// the peer calls receive_handles there: a read that goes beyond what was written before loses
  /// them. At most 64 at once. They stay open here, and may be closed as soon as this returns.
  ///
  /// POSIX: SCM_RIGHTS. Windows: DuplicateHandle into the process that connected or listened, which
  /// must be of the same user; sockets by WSADuplicateSocket. An end of a pair may have been given
  /// to a child: then this waits until the child has adopted it. What the peer does not receive
  /// stays open in its process until that ends.
  /// Fails as write does, with invalid_argument for none or more than 64, bad_file_descriptor;
  /// permission_denied if Windows does not let this process reach into the peer.
  [[nodiscard]] result<> send_handles(std::span<const native_handle> handles,
                                      const deadline& until = {});

  /// Waits for what the peer's send_handles sends, and tells how many there were.
  ///
  /// Fails as read does, with broken_pipe at the end of the stream; message_size if there are more
  /// than fit and too_many_files_open if this process may not have so many (all are closed then);
  /// corrupted if something else is in the stream there, of which some is lost.
  [[nodiscard]] result<std::size_t> receive_handles(std::span<handle> into,
                                                    const deadline& until = {});

  /// For wait_any: data to read, or the end.
  [[nodiscard]] readiness readable() const noexcept {
    return readiness{{.what = io_.get(),
                      .until = detail::watched::kind::readable,
                      .ended = has_messages_ ? &is_ended_ : nullptr}};
  }
  /// For wait_any: room to write, or a peer that has closed.
  [[nodiscard]] readiness writable() const noexcept {
    return readiness{
        {.what = io_.get(), .until = detail::watched::kind::writable, .full_since = &full_since_}};
  }

  /// Who is at the other end.
  [[nodiscard]] result<peer_process> peer() const;

  /// Closes now, to learn whether that worked. The peer still gets all that was written.
  result<> close() noexcept { return std::exchange(*this, {}).io_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a connected stream that something else made.
  ///
  /// Fails with invalid_argument if `h` is something else; on Windows with not_supported if it is
  /// synchronous: no wait on it could be ended.
  [[nodiscard]] static result<local_stream> adopt(handle h);
  [[nodiscard]] handle release() noexcept { return std::move(std::exchange(*this, {}).io_); }
  [[nodiscard]] native_handle native() const noexcept { return io_.get(); }

 private:
  friend class local_listener;
  /// The same for one that was just made and needs no check. Takes it only if that works.
  [[nodiscard]] static result<local_stream> own(handle&& h);

  handle io_;
  // Windows alone: what a read and what a write in flight signal; what says that this end of a pair
  // is here; since when the peer is known; the most that one write which may end early takes;
  // whether an empty message is the end, as it is unless another program made the pipe; whether the
  // end was read.
  handle read_done_;
  handle write_done_;
  handle claim_;
  std::uint64_t since_ = 0;
  std::uint32_t limit_ = 0;
  bool has_messages_ = false;
  mutable bool is_ended_ = false;
  bool is_finished_ = false;
  mutable deadline::clock::time_point full_since_{};  ///< For wait_any.
};

struct local_listener_options {
  access who = access::owner;  ///< Who may connect.
  /// How many may wait to be accepted before others have to wait to connect.
  std::uint32_t backlog = 64;
};

/// Waits under a name for streams to connect.
///
/// Any number of threads may accept at once; a default-constructed or moved-from listener is
/// closed.
class STRAIT_API local_listener {
 public:
  using options = local_listener_options;

  local_listener() noexcept;
  local_listener(local_listener&& other) noexcept;
  local_listener& operator=(local_listener&& other) noexcept;
  ~local_listener();

  /// Claims the name and listens. What a listener that died left behind is taken away.
  ///
  /// Fails with address_in_use if a living listener has the name, name_collision,
  /// permission_denied; as name::check does. POSIX: for a native_name, whose lock file is beside it
  /// (".lock"), with file_exists if something else than a socket stands there, and with
  /// filename_too_long if the path has not at least one byte less than a socket's may have.
  [[nodiscard]] static result<local_listener> create(const name& n, const options& wish = {});

  /// Waits for the next peer. One that has left already may be among them: its stream is at its
  /// end. Fails with timed_out, operation_canceled, too_many_files_open.
  ///
  /// POSIX: on an adopted socket whose calls block, this may overstay its deadline if another
  /// process takes the peer at the same moment.
  [[nodiscard]] result<local_stream> accept(const deadline& until = {});

  /// For wait_any: somebody waits to be accepted.
  [[nodiscard]] readiness acceptable() const noexcept;

  /// Stops listening and gives the name back. Who waits to be accepted sees the connection end.
  result<> close() noexcept;
  explicit operator bool() const noexcept { return state_ != nullptr; }

  /// Takes over a listening socket (POSIX) that something else made, systemd for example: its name
  /// stays when it is closed. Windows: fails with not_supported, for a pipe cannot be listened to
  /// through one handle.
  [[nodiscard]] static result<local_listener> adopt(handle h);
  [[nodiscard]] native_handle native() const noexcept;

 private:
  struct state;
  explicit local_listener(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

}  // namespace strait
