// SPDX-License-Identifier: MIT
#include <strait/tcp.hpp>

#include "net_socket.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto reading = "read from TCP stream";
constexpr auto writing = "write to TCP stream";
constexpr auto sending_file = "send file through TCP stream";
constexpr auto finishing = "finish TCP stream";
constexpr auto setting = "set options of TCP stream";
constexpr auto asking = "ask where TCP stream is";
constexpr auto adopting = "adopt TCP stream";
constexpr auto creating = "create TCP listener";
constexpr auto accepting = "accept TCP stream";

}  // namespace

result<tcp_stream> tcp_stream::connect(std::string_view host, std::string_view service,
                                       const deadline& until, const options& wish) {
  STRAIT_TRY(const auto all, resolve(host, service, until));
  auto made = connect(all, until, wish);
  if (!made) made.error().subject = host;
  return made;
}

result<std::size_t> tcp_stream::read(bytes into, const deadline& until) {
  return io_.read(reading, into, until);
}

result<std::size_t> tcp_stream::read(bytes_list into, const deadline& until) {
  return io_.read(reading, into, until);
}

result<std::size_t> tcp_stream::write(const_bytes from, const deadline& until) {
  return io_.write(writing, from, until);
}

result<std::size_t> tcp_stream::write(const_bytes_list from, const deadline& until) {
  return io_.write(writing, from, until);
}

result<std::uint64_t> tcp_stream::send_file(native_handle file, const file_range& which,
                                            const deadline& until) {
  return io_.send_file(sending_file, file, which, until);
}

result<> tcp_stream::finish() {
  return io_.finish(finishing);
}

result<> tcp_stream::set(const options& wish) {
  return detail::apply_options(setting, io_.native(), wish);
}

result<endpoint> tcp_stream::local() const {
  return detail::local_endpoint(asking, io_.native());
}

result<endpoint> tcp_stream::remote() const {
  return detail::remote_endpoint(asking, io_.native());
}

result<tcp_stream> tcp_stream::adopt(socket_handle s) {
  STRAIT_CHECK(detail::check_adopted(adopting, s.get(), false));
  return tcp_stream{std::move(s)};
}

result<tcp_listener> tcp_listener::create(const endpoint& at, const options& wish) {
  const auto subject = at.text();
  const auto about = [&subject](error why) {
    why.subject = std::string_view{subject};
    return std::unexpected{why};
  };
  auto made = detail::new_socket(creating, at, detail::transport::stream);
  if (!made) return about(made.error());
  // What accepted ones could not have is said now; and the size of a buffer is agreed upon early.
  const auto fits = detail::apply_options(creating, made->get(), wish.streams);
  if (!fits) return about(fits.error());
  const auto bound = detail::bind_socket(creating, made->get(), at, wish.dual_stack);
  if (!bound) return about(bound.error());
  const auto listens = detail::listen_socket(creating, made->get(), wish.backlog);
  if (!listens) return about(listens.error());
  return tcp_listener{*std::move(made), wish.streams};
}

result<tcp_stream> tcp_listener::accept(const deadline& until) {
  STRAIT_TRY(auto socket, detail::accept_socket(accepting, io_.get(), until));
  // The listener could have them: only who has left already may not, and its stream says that.
  static_cast<void>(detail::apply_options(accepting, socket.get(), streams_));
  return tcp_stream{std::move(socket)};
}

result<endpoint> tcp_listener::local() const {
  return detail::local_endpoint(asking, io_.get());
}

result<tcp_listener> tcp_listener::adopt(socket_handle s, const tcp_options& streams) {
  STRAIT_CHECK(detail::check_adopted(adopting, s.get(), true));
  STRAIT_CHECK(detail::apply_options(adopting, s.get(), streams));
  return tcp_listener{std::move(s), streams};
}

}  // namespace strait
