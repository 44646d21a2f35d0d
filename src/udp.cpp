// SPDX-License-Identifier: MIT
#include <strait/udp.hpp>

#include "datagrams.hpp"
#include "net_socket.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto creating = "create UDP socket";
constexpr auto connecting = "connect UDP socket";
constexpr auto sending = "send through UDP socket";
constexpr auto receiving = "receive from UDP socket";
constexpr auto asking = "ask where UDP socket is";
constexpr auto adopting = "adopt UDP socket";

/// What happened, and where it should have.
template <class T>
result<T> about(const endpoint& where, result<T> done) {
  if (!done) [[unlikely]]
    done.error().subject = std::string_view{where.text()};
  return done;
}

result<socket_handle> make_bound(const endpoint& where, const udp_options& wish) {
  STRAIT_TRY(auto made, detail::new_socket(creating, where, detail::transport::datagram));
  STRAIT_CHECK(detail::apply_options(creating, made.get(), wish));
  STRAIT_CHECK(detail::bind_datagrams(creating, made.get(), where, wish.dual_stack));
  return made;
}

result<socket_handle> make_connected(const endpoint& to, const udp_options& wish) {
  STRAIT_TRY(auto made, detail::new_socket(connecting, to, detail::transport::datagram));
  STRAIT_CHECK(detail::apply_options(connecting, made.get(), wish));
  STRAIT_CHECK(detail::connect_datagrams(connecting, made.get(), to));
  return made;
}

result<std::size_t> check_whole(std::size_t size, bytes into) noexcept {
  if (size <= into.size()) [[likely]]
    return size;
  return fail(error{.condition = condition::message_size,
                    .operation = receiving,
                    .done = size,
                    .hint = "the message is longer than the memory for it"});
}

}  // namespace

result<udp_socket> udp_socket::create(const endpoint& at, const options& wish) {
  STRAIT_TRY(auto made, about(at, make_bound(at, wish)));
  return udp_socket{std::move(made), false};
}

result<udp_socket> udp_socket::connect(const endpoint& to, const options& wish) {
  STRAIT_TRY(auto made, about(to, make_connected(to, wish)));
  return udp_socket{std::move(made), true};
}

result<> udp_socket::check_connected(const char* operation, bool wanted) const noexcept {
  if (!io_) return fail(condition::bad_file_descriptor, operation);
  if (is_connected_ == wanted) [[likely]]
    return {};
  return fail(wanted ? condition::not_connected : condition::already_connected, operation);
}

result<> udp_socket::send(const_bytes message, const deadline& until) {
  STRAIT_CHECK(check_connected(sending, true));
  return detail::send_datagram(sending, io_.get(), nullptr, message, until);
}

result<> udp_socket::send(const_bytes_list message, const deadline& until) {
  STRAIT_CHECK(check_connected(sending, true));
  return detail::send_datagram(sending, io_.get(), nullptr, message, until);
}

result<> udp_socket::send_to(const endpoint& to, const_bytes message, const deadline& until) {
  STRAIT_CHECK(check_connected(sending, false));
  return about(to, detail::send_datagram(sending, io_.get(), &to, message, until));
}

result<> udp_socket::send_to(const endpoint& to, const_bytes_list message, const deadline& until) {
  STRAIT_CHECK(check_connected(sending, false));
  return about(to, detail::send_datagram(sending, io_.get(), &to, message, until));
}

result<std::size_t> udp_socket::take(bytes into, endpoint* from, const deadline& until) {
  if (std::exchange(was_refused_, false)) return fail(condition::connection_refused, receiving);
  STRAIT_TRY(const auto size, detail::receive_datagram(receiving, io_.get(), into, from, until));
  return check_whole(size, into);
}

result<std::size_t> udp_socket::receive(bytes into, const deadline& until) {
  return take(into, nullptr, until);
}

result<received_from> udp_socket::receive_from(bytes into, const deadline& until) {
  received_from got;
  STRAIT_TRY(got.size, take(into, &got.from, until));
  return got;
}

result<std::size_t> udp_socket::send_many(std::span<const datagram_to_send> messages,
                                          const deadline& until) {
  return detail::send_datagrams(sending, io_.get(), is_connected_, messages, until);
}

result<std::size_t> udp_socket::receive_many(std::span<received_datagram> messages,
                                             const deadline& until) {
  if (std::exchange(was_refused_, false)) return fail(condition::connection_refused, receiving);
  return detail::receive_datagrams(receiving, io_.get(), messages, until);
}

result<endpoint> udp_socket::local() const {
  return detail::local_endpoint(asking, io_.get());
}

result<endpoint> udp_socket::remote() const {
  return detail::remote_endpoint(asking, io_.get());
}

result<udp_socket> udp_socket::adopt(socket_handle s) {
  STRAIT_TRY(const bool is_connected, detail::check_adopted_datagrams(adopting, s.get()));
  return udp_socket{std::move(s), is_connected};
}

}  // namespace strait
