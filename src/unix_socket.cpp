// SPDX-License-Identifier: MIT
#include <strait/unix_socket.hpp>

#include "path_socket.hpp"
#include "stream_end.hpp"

namespace strait {
namespace {

constexpr auto connecting = "connect Unix stream";
constexpr auto reading = "read from Unix stream";
constexpr auto writing = "write to Unix stream";
constexpr auto finishing = "finish Unix stream";
constexpr auto adopting = "adopt Unix stream";
constexpr auto creating = "create Unix listener";
constexpr auto accepting = "accept Unix stream";
constexpr auto closing = "close Unix listener";
constexpr auto adopting_listener = "adopt Unix listener";

constexpr auto stream = detail::unix_kind::stream;

}  // namespace

result<unix_stream> unix_stream::connect(const unix_address& to, const deadline& until) {
  STRAIT_TRY(const auto where, detail::place_of(connecting, to));
  STRAIT_TRY(auto socket,
             detail::connect_to_path(connecting, where, to.is_abstract(), stream, until));
  return unix_stream{std::move(socket)};
}

result<std::size_t> unix_stream::read(bytes into, const deadline& until) {
  return detail::zero_at_end(io_.read(reading, into, until));
}

result<std::size_t> unix_stream::read(bytes_list into, const deadline& until) {
  return detail::zero_at_end(io_.read(reading, into, until));
}

result<std::size_t> unix_stream::write(const_bytes from, const deadline& until) {
  return detail::broken_at_end(io_.write(writing, from, until));
}

result<std::size_t> unix_stream::write(const_bytes_list from, const deadline& until) {
  return detail::broken_at_end(io_.write(writing, from, until));
}

result<> unix_stream::finish() {
  return detail::broken_at_end(io_.finish(finishing));
}

result<unix_stream> unix_stream::adopt(socket_handle s) {
  STRAIT_CHECK(detail::check_connected(adopting, s.get(), stream));
  return unix_stream{std::move(s)};
}

result<unix_listener> unix_listener::create(const unix_address& at, const options& wish) {
  STRAIT_TRY(auto where, detail::place_of(creating, at));
  STRAIT_TRY(auto socket, detail::path_socket::create({.operation = creating,
                                                       .where = std::move(where),
                                                       .is_abstract = at.is_abstract(),
                                                       .who = wish.who,
                                                       .backlog = wish.backlog}));
  return unix_listener{std::move(socket)};
}

result<unix_stream> unix_listener::accept(const deadline& until) {
  STRAIT_TRY(auto socket, io_.accept(accepting, until));
  return unix_stream{std::move(socket)};
}

result<> unix_listener::close() noexcept {
  return io_.close(closing);
}

result<unix_listener> unix_listener::adopt(socket_handle s) {
  STRAIT_CHECK(detail::check_listening(adopting_listener, s.get(), stream));
  return unix_listener{detail::path_socket::own(std::move(s))};
}

}  // namespace strait
