// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/endpoint.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/network_interface.hpp>
#include <strait/wait.hpp>

namespace strait {

/// How a socket for multicast behaves. A buffer of 0 is left to the system.
struct multicast_options {
  bool v6 = false;        ///< Groups of IPv6, not those of IPv4.
  std::uint8_t hops = 1;  ///< How many networks a message may cross: 1 stays in this one, 0 here.
  /// Whether this host hears what is sent, too. POSIX: of what this socket sends. Windows: whether
  /// this socket hears what its host sends.
  bool loop = true;
  std::size_t send_buffer = 0;     ///< How much may be on its way, in bytes.
  std::size_t receive_buffer = 0;  ///< How much may wait to be received, in bytes.
};

/// A message to a group.
struct multicast_message {
  std::size_t size = 0;
  endpoint from = {};
  ip_address group = {};
  std::uint32_t interface_index = 0;  ///< Where it came in.
};

/// Sends messages to groups of hosts, and receives those of the groups it has joined. The same on
/// every system: what arrives was sent to a joined group, and came through an interface on which it
/// was joined; whatever else comes to the port is not for this socket.
///
///     auto socket = or_throw(multicast_socket::create(4001));
///     or_throw(socket.join(group));
///     or_throw(socket.send_to({group, 4001}, as_bytes("who is there?")));
///     const auto got = or_throw(socket.receive_from(into, 1s));
///
/// Several sockets of a host can have the same port; each gets what it has asked for.
/// One thread may receive while another sends; other sharing needs a lock. Default-constructed and
/// moved-from sockets are closed.
class STRAIT_API multicast_socket {
 public:
  using options = multicast_options;

  multicast_socket() noexcept = default;

  /// Port 0 lets the system choose: see port().
  ///
  /// Fails with address_in_use if somebody has the port who does not share it,
  /// address_family_not_supported.
  [[nodiscard]] static result<multicast_socket> create(std::uint16_t port,
                                                       const options& wish = {});

  /// Joins a group on some interfaces, or on all that are up, have multicast and an address of its
  /// family, the loopback among them. With a source only what that host sends is received: joining
  /// again adds another source.
  ///
  /// What is joined already stays so. Join again when interfaces may have come: on `all` that adds
  /// the new ones. Fails with invalid_argument if it is no group, or of the other family, or joined
  /// both with and without a source; no_such_device; no_buffer_space if a system's limit is reached
  /// (Linux: 20 groups on interfaces for each socket of IPv4). Where one interface fails,
  /// the others are joined nevertheless.
  result<> join(const ip_address& group, interfaces on = interfaces::all,
                const std::optional<ip_address>& source = {});

  /// Ends what join began. Nothing of the group is received from now on, not even what has come
  /// already. Fails with address_not_available if it is not joined there.
  result<> leave(const ip_address& group, interfaces on = interfaces::all,
                 const std::optional<ip_address>& source = {});

  /// Sends one message to a group, joined or not, through each of some interfaces; or of all but
  /// the loopback, and through that if there are no others.
  ///
  /// Of several interfaces one or more may fail where all are meant, as long as one does not.
  /// Fails as udp_socket::send_to does; invalid_argument if it is no group; no_such_device.
  result<> send_to(const endpoint& group, const_bytes message, interfaces on = interfaces::all,
                   const deadline& until = {});

  /// Waits for a message to a joined group.
  ///
  /// Fails as udp_socket::receive does: message_size if it is longer than `into`, and `error::done`
  /// tells how long it was.
  [[nodiscard]] result<multicast_message> receive_from(bytes into, const deadline& until = {});

  [[nodiscard]] result<std::uint16_t> port() const;

  /// For wait_any: a message. It may be one that is not for this socket: give receive_from a
  /// deadline.
  [[nodiscard]] readiness readable() const noexcept {
    return readiness{detail::watched::socket(io_.get(), detail::watched::kind::readable)};
  }

  result<> close() noexcept { return std::exchange(*this, {}).io_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }
  [[nodiscard]] native_socket native() const noexcept { return io_.get(); }

 private:
  struct membership {
    ip_address group;
    std::uint32_t interface_index = 0;
    std::optional<ip_address> source;

    friend bool operator==(const membership&, const membership&) noexcept = default;
  };

  multicast_socket(socket_handle s, bool v6) noexcept : io_{std::move(s)}, v6_{v6} {}

  [[nodiscard]] result<> check(const char* operation, const ip_address& group) const;
  [[nodiscard]] bool is_wanted(const multicast_message& message) const noexcept;
  result<> join_one(const membership& wish, const network_interface& on);
  result<> leave_one(const membership& one);

  socket_handle io_;
  bool v6_ = false;
  std::vector<membership> joined_;
};

}  // namespace strait
