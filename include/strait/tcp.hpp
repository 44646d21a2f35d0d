// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/detail/stream_socket.hpp>
#include <strait/endpoint.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/resolve.hpp>
#include <strait/wait.hpp>

namespace strait {

/// Asks a peer that is silent for `idle` whether it is still there, each `interval`, and gives the
/// connection up when `count` answers are missing: then a read fails with timed_out. Windows before
/// 10 (1703) always counts to 10.
struct tcp_keep_alive {
  std::chrono::seconds idle{60};
  std::chrono::seconds interval{10};
  int count = 6;
};

/// How a connection behaves. What is 0 or nothing here is left to the system.
struct tcp_options {
  bool no_delay = true;  ///< Small writes go at once, not together with later ones.
  std::optional<tcp_keep_alive> keep_alive = {};
  /// How long closing tries to bring to the peer what was written: 0 s throws it away, and the peer
  /// reads connection_reset. Nothing: the system goes on trying, and closing waits for nobody.
  std::optional<std::chrono::seconds> linger = {};
  std::size_t send_buffer = 0;     ///< How much may be on its way, in bytes.
  std::size_t receive_buffer = 0;  ///< How much may wait to be read, in bytes.
};

/// One end of a connection through TCP: a stream of bytes each way.
///
///     auto stream = or_throw(tcp_stream::connect("example.org", "http", 5s));
///
/// One thread may read while another writes; other sharing needs a lock. Default-constructed and
/// moved-from streams are closed.
class STRAIT_API tcp_stream {
 public:
  using options = tcp_options;

  tcp_stream() noexcept = default;

  /// Connects to one of these endpoints: to whichever answers first. They are tried in their order,
  /// IPv6 and IPv4 by turns; the next one begins when one has failed, or after a quarter of a
  /// second without an answer (RFC 8305).
  ///
  /// Fails with what the last of them failed with: connection_refused, host_unreachable,
  /// network_unreachable, timed_out; with timed_out or operation_canceled at the deadline or a
  /// stop; too_many_files_open; invalid_argument without endpoints.
  [[nodiscard]] static result<tcp_stream> connect(std::span<const endpoint> to,
                                                  const deadline& until = {},
                                                  const options& wish = {});
  [[nodiscard]] static result<tcp_stream> connect(const endpoint& to, const deadline& until = {},
                                                  const options& wish = {}) {
    return connect(std::span{&to, 1}, until, wish);
  }
  /// The same with all that resolve finds. Fails as resolve does, too.
  [[nodiscard]] static result<tcp_stream> connect(std::string_view host, std::string_view service,
                                                  const deadline& until = {},
                                                  const options& wish = {});

  /// Waits for data and reads at least one byte of it; 0 means that the peer has finished and all
  /// it wrote has been read. Nothing is read into an empty `into`.
  ///
  /// Without a deadline this is one system call. A read that fails has taken nothing.
  /// Fails with connection_reset if the peer is gone without an end, timed_out, operation_canceled,
  /// bad_file_descriptor if the stream is closed.
  [[nodiscard]] result<std::size_t> read(bytes into, const deadline& until = {});
  /// The same, filling several pieces in order.
  [[nodiscard]] result<std::size_t> read(bytes_list into, const deadline& until = {});

  /// Waits for room and writes some of `from`, at least one byte of it, or nothing if it is empty.
  /// It is on its way then; only the peer's answer tells that it has arrived.
  ///
  /// Without a deadline this is one system call. A write that fails has written nothing.
  /// Fails with broken_pipe if the peer has closed (never with a signal) or this end has finished,
  /// connection_reset, timed_out, operation_canceled, bad_file_descriptor.
  [[nodiscard]] result<std::size_t> write(const_bytes from, const deadline& until = {});
  /// The same, taking several pieces in order: a header and its body in one call.
  [[nodiscard]] result<std::size_t> write(const_bytes_list from, const deadline& until = {});

  /// Writes what an open file has there, to its end if that comes first, and tells how much it was.
  /// The file's own position is not used, and is where it was afterwards. What is mapped already:
  /// write its bytes.
  ///
  /// Without a deadline the system moves the bytes by itself, through no memory of this process.
  /// Fails as write and as reading the file does; error::done tells how much was written before.
  result<std::uint64_t> send_file(native_handle file, const file_range& which = {},
                                  const deadline& until = {});

  /// Says that nothing more will be written: the peer reads to the end, and may still answer.
  ///
  /// Fails with connection_reset if the connection is gone.
  result<> finish();

  /// Changes how the connection behaves from now on.
  result<> set(const options& wish);

  /// Where this end and the other one are.
  [[nodiscard]] result<endpoint> local() const;
  [[nodiscard]] result<endpoint> remote() const;

  /// For wait_any: data to read, or the end.
  [[nodiscard]] readiness readable() const noexcept { return io_.readable(); }
  /// For wait_any: room to write, or a connection that is gone.
  [[nodiscard]] readiness writable() const noexcept { return io_.writable(); }

  /// Closes now. The peer still gets what was written, unless `linger` says otherwise or this end
  /// has not read all: then the peer reads connection_reset.
  result<> close() noexcept { return io_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a connected socket that something else made.
  ///
  /// Fails with invalid_argument if it is something else.
  [[nodiscard]] static result<tcp_stream> adopt(socket_handle s);
  [[nodiscard]] socket_handle release() noexcept { return io_.release(); }
  [[nodiscard]] native_socket native() const noexcept { return io_.native(); }

 private:
  friend class tcp_listener;
  explicit tcp_stream(socket_handle s) noexcept : io_{std::move(s)} {}

  detail::stream_socket io_;
};

struct tcp_listener_options {
  /// How many may wait to be accepted before others have to wait to connect.
  std::uint32_t backlog = 128;
  /// On an IPv6 address: whether IPv4 is served as well. Peers' addresses are ::ffff:192.0.2.1
  /// then.
  bool dual_stack = false;
  tcp_options streams = {};  ///< How accepted connections behave.
};

/// Waits at an endpoint for others to connect.
///
/// Any number of threads may accept at once; a default-constructed or moved-from listener is
/// closed.
class STRAIT_API tcp_listener {
 public:
  using options = tcp_listener_options;

  tcp_listener() noexcept = default;

  /// Listens. Port 0 lets the system choose: see local().
  ///
  /// Nobody else can listen at the same endpoint meanwhile, on no system. Connections of an earlier
  /// listener are in nobody's way; on Windows those that still live are. macOS, FreeBSD: of all
  /// addresses, another process of the same user may take one. Fails with address_in_use,
  /// address_not_available, permission_denied for a port that needs rights,
  /// address_family_not_supported; invalid_argument for options that streams cannot have.
  [[nodiscard]] static result<tcp_listener> create(const endpoint& at, const options& wish = {});

  /// Waits for the next peer. One that has left already may be among them.
  ///
  /// Fails with timed_out, operation_canceled, too_many_files_open.
  [[nodiscard]] result<tcp_stream> accept(const deadline& until = {});

  /// Where it listens.
  [[nodiscard]] result<endpoint> local() const;

  /// For wait_any: somebody waits to be accepted.
  [[nodiscard]] readiness acceptable() const noexcept {
    return readiness{detail::watched::socket(io_.get(), detail::watched::kind::acceptable)};
  }

  /// Stops listening. Who waits to be accepted loses the connection.
  result<> close() noexcept { return io_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a listening socket that something else made. POSIX: calls on it block no more,
  /// neither here nor in other processes that have it.
  ///
  /// Fails with invalid_argument if it is something else, or for options that streams cannot have.
  [[nodiscard]] static result<tcp_listener> adopt(socket_handle s, const tcp_options& streams = {});
  [[nodiscard]] socket_handle release() noexcept { return std::move(io_); }
  [[nodiscard]] native_socket native() const noexcept { return io_.get(); }

 private:
  tcp_listener(socket_handle s, const tcp_options& streams) noexcept
      : io_{std::move(s)}, streams_{streams} {}

  socket_handle io_;
  tcp_options streams_;
};

}  // namespace strait
