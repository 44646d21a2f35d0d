// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/endpoint.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/wait.hpp>

namespace strait {

/// How a socket for datagrams behaves. What is 0 is left to the system.
struct udp_options {
  /// At an IPv6 address: whether IPv4 is served as well. Its addresses are ::ffff:192.0.2.1 then.
  bool dual_stack = false;
  bool broadcast = false;          ///< May send to a broadcast address, such as 255.255.255.255.
  std::size_t send_buffer = 0;     ///< How much may be on its way, in bytes.
  std::size_t receive_buffer = 0;  ///< How much may wait to be received, in bytes.
};

/// What receive_from got.
struct received_from {
  std::size_t size = 0;
  endpoint from = {};
};

/// One of the messages of send_many.
struct datagram_to_send {
  const_bytes message;
  endpoint to = {};  ///< Not looked at by a connected socket.
};

/// Room for one of the messages of receive_many, which fills in the rest.
struct received_datagram {
  bytes into;
  std::size_t size = 0;  ///< How long the message was: longer than `into` if it did not fit.
  endpoint from = {};

  [[nodiscard]] bool is_cut() const noexcept { return size > into.size(); }
  /// The message, or its beginning.
  [[nodiscard]] const_bytes message() const noexcept {
    return into.first(std::min(size, into.size()));
  }
};

/// Sends and receives messages through UDP. Each arrives as it was sent, or not at all: also more
/// than once, and in another order. One without bytes is a message like any other.
///
///     auto socket = or_throw(udp_socket::create({ip_address::any_v4(), 4000}));
///     const auto got = or_throw(socket.receive_from(into, 5s));
///     or_throw(socket.send_to(got.from, as_bytes("heard")));
///
/// One thread may receive while another sends; other sharing needs a lock. Default-constructed and
/// moved-from sockets are closed.
class STRAIT_API udp_socket {
 public:
  using options = udp_options;

  udp_socket() noexcept = default;
  udp_socket(udp_socket&& other) noexcept
      : io_{std::move(other.io_)},
        is_connected_{std::exchange(other.is_connected_, false)},
        was_refused_{std::exchange(other.was_refused_, false)} {}
  udp_socket& operator=(udp_socket&& other) noexcept {
    udp_socket taken{std::move(other)};
    std::swap(io_, taken.io_);
    std::swap(is_connected_, taken.is_connected_);
    std::swap(was_refused_, taken.was_refused_);
    return *this;
  }
  ~udp_socket() = default;

  /// A socket that hears everybody. Port 0 lets the system choose: see local().
  ///
  /// Nobody else can have the same endpoint. macOS, FreeBSD: of all addresses, another process of
  /// the same user may take one, if it says SO_REUSEADDR. That others refuse what it sends them is
  /// nothing it hears of.
  /// Fails with address_in_use, address_not_available, permission_denied for a port that needs
  /// rights, address_family_not_supported.
  [[nodiscard]] static result<udp_socket> create(const endpoint& at, const options& wish = {});

  /// A socket that sends to `to` and hears nobody else. Nothing is sent by that.
  ///
  /// That nobody receives there is told, if it is known at all, by a later call: it fails with
  /// connection_refused. Fails with network_unreachable, address_family_not_supported.
  [[nodiscard]] static result<udp_socket> connect(const endpoint& to, const options& wish = {});

  /// Sends one message where this is connected to. Without a deadline this is one system call.
  ///
  /// Fails with message_size if it is too long for a datagram (65 507 bytes go through IPv4; macOS
  /// takes 9216), connection_refused if an earlier one was refused, network_unreachable, timed_out,
  /// operation_canceled; not_connected on a socket that is not; bad_file_descriptor.
  result<> send(const_bytes message, const deadline& until = {});
  /// The same, gathered from up to 16 pieces. Fails with argument_list_too_long with more.
  result<> send(const_bytes_list message, const deadline& until = {});

  /// Sends one message to `to`. Fails as send does, and with already_connected on a socket that is.
  result<> send_to(const endpoint& to, const_bytes message, const deadline& until = {});
  result<> send_to(const endpoint& to, const_bytes_list message, const deadline& until = {});

  /// Waits for a message; returns its size. Without a deadline this is one system call.
  ///
  /// Fails with message_size if it is longer than `into`, which has its beginning then: the rest is
  /// gone, and `error::done` tells how long it was. Fails with connection_refused if this is
  /// connected and what it sent was refused, timed_out, operation_canceled, bad_file_descriptor.
  [[nodiscard]] result<std::size_t> receive(bytes into, const deadline& until = {});
  /// The same, telling who sent it.
  [[nodiscard]] result<received_from> receive_from(bytes into, const deadline& until = {});

  /// Sends messages in their order; returns how many went. They are fewer only if something is in
  /// the way of the next one: sending it tells what.
  ///
  /// Linux: up to 64 of them are one system call. Those of one size to one place also go through
  /// the system as one (GSO), where it can do that. Fails as send does if not even the first went.
  [[nodiscard]] result<std::size_t> send_many(std::span<const datagram_to_send> messages,
                                              const deadline& until = {});

  /// Waits for a message, and takes those that are there, as many as there is room for; returns how
  /// many. One that is cut fails nothing: it says so itself.
  ///
  /// Linux: up to 64 of them are one system call. Fails as receive does if there is none.
  [[nodiscard]] result<std::size_t> receive_many(std::span<received_datagram> messages,
                                                 const deadline& until = {});

  /// Where this is, and where it is connected to. Fails with not_connected.
  [[nodiscard]] result<endpoint> local() const;
  [[nodiscard]] result<endpoint> remote() const;

  /// For wait_any: a message, or a refusal.
  [[nodiscard]] readiness readable() const noexcept {
    auto thing = detail::watched::socket(io_.get(), detail::watched::kind::readable);
    thing.ended = is_connected_ ? &was_refused_ : nullptr;
    return readiness{thing};
  }
  /// For wait_any: room to send.
  [[nodiscard]] readiness writable() const noexcept {
    return readiness{detail::watched::socket(io_.get(), detail::watched::kind::writable)};
  }

  result<> close() noexcept { return std::exchange(*this, {}).io_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

  /// Takes over a socket for UDP that something else made.
  ///
  /// Fails with invalid_argument if it is something else.
  [[nodiscard]] static result<udp_socket> adopt(socket_handle s);
  [[nodiscard]] socket_handle release() noexcept { return std::move(std::exchange(*this, {}).io_); }
  [[nodiscard]] native_socket native() const noexcept { return io_.get(); }

 private:
  udp_socket(socket_handle s, bool is_connected) noexcept
      : io_{std::move(s)}, is_connected_{is_connected} {}

  [[nodiscard]] result<> check_connected(const char* operation, bool wanted) const noexcept;
  [[nodiscard]] result<std::size_t> take(bytes into, endpoint* from, const deadline& until);

  socket_handle io_;
  bool is_connected_ = false;
  /// Windows: looking for a message found a refusal, which is told once.
  mutable bool was_refused_ = false;
};

}  // namespace strait
