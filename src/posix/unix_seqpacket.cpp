// SPDX-License-Identifier: MIT
#include <strait/posix/unix_seqpacket.hpp>

#include <sys/time.h>

#include "../path_socket.hpp"
#include "../stream_end.hpp"
#include "local_address.hpp"
#include "unix_message.hpp"

namespace strait::posix {
namespace {

constexpr auto connecting = "connect Unix seqpacket";
constexpr auto sending = "send to Unix seqpacket";
constexpr auto receiving = "receive from Unix seqpacket";
constexpr auto finishing = "finish Unix seqpacket";
constexpr auto adopting = "adopt Unix seqpacket";
constexpr auto creating = "create Unix seqpacket listener";
constexpr auto accepting = "accept Unix seqpacket";
constexpr auto adopting_listener = "adopt Unix seqpacket listener";

constexpr auto seqpacket = detail::unix_kind::seqpacket;

}  // namespace

// An empty message and the end look the same, but only a message has a time: so each is to have
// one. Where that fails there are no empty messages.
unix_seqpacket::unix_seqpacket(socket_handle s) noexcept : io_{std::move(s)} {
  constexpr int on = 1;
  ::setsockopt(io_.get(), SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on);
}

result<unix_seqpacket> unix_seqpacket::connect(const unix_address& to, const deadline& until) {
  STRAIT_TRY(const auto where, detail::place_of(connecting, to));
  STRAIT_TRY(auto socket,
             detail::connect_to_path(connecting, where, to.is_abstract(), seqpacket, until));
  return unix_seqpacket{std::move(socket)};
}

result<> unix_seqpacket::send(const_bytes message, const deadline& until) {
  return send(const_bytes_list{&message, 1}, until);
}

result<> unix_seqpacket::send(const_bytes_list message, const deadline& until) {
  const parts pieces{message};
  STRAIT_CHECK(check_pieces(sending, message, pieces));
  if (pieces.total() == 0 && !has_empty_packets) {
    return fail(condition::not_supported, sending, {},
                "to this system an empty message is the end");
  }
  const auto whole = as_message(pieces);
  const auto sent = transfer(sending, io_.get(), POLLOUT, until, [&] {
    return ::sendmsg(io_.get(), &whole, send_quiet | no_wait(until));
  });
  STRAIT_CHECK(detail::broken_at_end(sent));
  return {};
}

result<std::optional<std::size_t>> unix_seqpacket::receive(bytes into, const deadline& until) {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(timeval))> its_time;
  msghdr message{};
  // Elsewhere no time comes, and a peer's handles would, for which nobody has asked.
  if constexpr (has_empty_packets) {
    message.msg_control = its_time.data();
    message.msg_controllen = static_cast<decltype(message.msg_controllen)>(its_time.size());
  }
  const auto size = receive_message(receiving, io_.get(), into, message, until);
  if (!size && detail::is_end(size.error())) return std::nullopt;
  if (!size) return fail(size.error());
  const bool is_end = *size == 0 && message.msg_controllen == 0;
  if (is_end) return std::nullopt;
  STRAIT_CHECK(check_fits(receiving, *size, into));
  return *size;
}

result<> unix_seqpacket::finish() {
  STRAIT_CHECK(
      detail::broken_at_end(retry(finishing, [&] { return ::shutdown(io_.get(), SHUT_WR); })));
  return {};
}

result<peer_process> unix_seqpacket::peer() const {
  return peer_process::of_socket(io_.get());
}

result<unix_seqpacket> unix_seqpacket::adopt(socket_handle s) {
  STRAIT_CHECK(detail::check_connected(adopting, s.get(), seqpacket));
  return unix_seqpacket{std::move(s)};
}

result<unix_seqpacket_listener> unix_seqpacket_listener::create(const unix_address& at,
                                                                const options& wish) {
  STRAIT_TRY(auto where, detail::place_of(creating, at));
  STRAIT_TRY(auto made, detail::path_socket::create({.operation = creating,
                                                     .where = std::move(where),
                                                     .is_abstract = at.is_abstract(),
                                                     .who = wish.who,
                                                     .backlog = wish.backlog,
                                                     .kind = seqpacket}));
  return unix_seqpacket_listener{std::move(made)};
}

result<unix_seqpacket> unix_seqpacket_listener::accept(const deadline& until) {
  STRAIT_TRY(auto socket, io_.accept(accepting, until));
  return unix_seqpacket{std::move(socket)};
}

result<unix_seqpacket_listener> unix_seqpacket_listener::adopt(socket_handle s) {
  STRAIT_CHECK(detail::check_listening(adopting_listener, s.get(), seqpacket));
  return unix_seqpacket_listener{detail::path_socket::own(std::move(s))};
}

}  // namespace strait::posix
