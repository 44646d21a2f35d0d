// SPDX-License-Identifier: MIT
#include <strait/posix/unix_datagram.hpp>

#include "../path_socket.hpp"
#include "../pause.hpp"
#include "local_address.hpp"
#include "socket_type.hpp"
#include "unix_message.hpp"

namespace strait::posix {
namespace {

constexpr auto creating = "create Unix datagram socket";
constexpr auto sending = "send Unix datagram";
constexpr auto receiving = "receive Unix datagram";
constexpr auto adopting = "adopt Unix datagram socket";

constexpr auto datagram = detail::unix_kind::datagram;

result<> apply(int fd, const unix_datagram_options& wish) {
  STRAIT_CHECK(set_buffer(creating, fd, SO_SNDBUF, wish.send_buffer));
  return set_buffer(creating, fd, SO_RCVBUF, wish.receive_buffer);
}

}  // namespace

result<unix_datagram> unix_datagram::create(const options& wish) {
  STRAIT_TRY(auto made, new_socket(creating, AF_UNIX, SOCK_DGRAM));
  STRAIT_CHECK(apply(made.get(), wish));
  return unix_datagram{detail::path_socket::own(std::move(made))};
}

result<unix_datagram> unix_datagram::create(const unix_address& at, const options& wish) {
  STRAIT_TRY(auto where, detail::place_of(creating, at));
  STRAIT_TRY(auto made, detail::path_socket::create({.operation = creating,
                                                     .where = std::move(where),
                                                     .is_abstract = at.is_abstract(),
                                                     .who = wish.who,
                                                     .kind = datagram}));
  STRAIT_CHECK(apply(made.native(), wish));
  return unix_datagram{std::move(made)};
}

// NOLINTBEGIN(readability-make-member-function-const): what is sent or taken changes the socket

result<> unix_datagram::send_to(const unix_address& to, const_bytes message,
                                const deadline& until) {
  return send_to(to, const_bytes_list{&message, 1}, until);
}

result<> unix_datagram::send_to(const unix_address& to, const_bytes_list message,
                                const deadline& until) {
  STRAIT_TRY(const auto where, detail::place_of(sending, to));
  if (until.stop_requested()) return fail(condition::operation_canceled, sending, where.name);
  const parts pieces{message};
  STRAIT_CHECK(check_pieces(sending, message, pieces));
  local_address address{where.path, to.is_abstract()};
  auto whole = as_message(pieces);
  whole.msg_name = address.room();
  whole.msg_namelen = address.size();
  detail::patience patience{sending, where.name, until};
  for (;;) {
    if (::sendmsg(native(), &whole, send_quiet | no_wait(until)) != -1) return {};
    if (errno == EINTR) continue;
    // The queue of the receiver is full. Only Linux waits for room in it, if it may for ever; no
    // system tells when there is some.
    if (errno != EAGAIN && errno != ENOBUFS) return fail(last_error(sending, where.name));
    STRAIT_CHECK(patience.wait());
  }
}

result<std::size_t> unix_datagram::receive(bytes into, const deadline& until) {
  msghdr message{};
  STRAIT_TRY(const auto size, receive_message(receiving, native(), into, message, until));
  return check_fits(receiving, size, into);
}

result<std::size_t> unix_datagram::receive_from(bytes into, unix_address& from,
                                                const deadline& until) {
  local_address sender;
  msghdr message{};
  message.msg_name = sender.room();
  message.msg_namelen = sender.size();
  STRAIT_TRY(const auto size, receive_message(receiving, native(), into, message, until));
  sender.set_size(message.msg_namelen);
  sender.give_to(from);
  return check_fits(receiving, size, into);
}

// NOLINTEND(readability-make-member-function-const)

result<unix_datagram> unix_datagram::adopt(socket_handle s) {
  STRAIT_CHECK(detail::check_kind(adopting, s.get(), datagram));
  make_quiet(s.get());
  return unix_datagram{detail::path_socket::own(std::move(s))};
}

}  // namespace strait::posix
