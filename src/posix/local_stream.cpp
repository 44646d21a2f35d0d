// SPDX-License-Identifier: MIT
#include <strait/local_stream.hpp>

#include <unistd.h>

#include "../stream_end.hpp"
#include "../unix_place.hpp"
#include "local_address.hpp"
#include "passed_handles.hpp"
#include "peer_credentials.hpp"

namespace strait {
namespace {

constexpr auto connecting = "connect to local listener";
constexpr auto reading = "read from local stream";
constexpr auto writing = "write to local stream";
constexpr auto finishing = "finish local stream";
constexpr auto adopting = "adopt local stream";
constexpr auto sending = "send handles";
constexpr auto receiving = "receive handles";
constexpr auto pairing = "create pair of local streams";

/// A name that was shortened may be another's shortened form, too.
result<> check_whole_name(const detail::place& where) {
  if (!where.is_shortened()) return {};
  STRAIT_CHECK(detail::lock_file::holder(connecting, detail::lock_of(where)));
  return {};
}

/// Sees that nobody else has put a listener there.
result<> check_owner(const handle& socket, const detail::place& where, access who) {
  if (who != access::owner) return {};
  STRAIT_TRY(const auto peer, posix::credentials_of_peer(connecting, socket.get()));
  if (peer.user == ::geteuid() || peer.user == 0) return {};
  return fail(condition::permission_denied, connecting, where.name,
              "its listener is another user's, whom only access::group or everyone trusts");
}

}  // namespace

result<local_stream> local_stream::connect(const name& n, const deadline& until,
                                           const options& wish) {
  if (until.stop_requested()) return fail(condition::operation_canceled, connecting, n.text());
  STRAIT_TRY(const auto where, posix::socket_place(n, access::owner));
  STRAIT_CHECK(check_whole_name(where));
  STRAIT_TRY(auto socket,
             detail::connect_to_path(connecting, where, false, detail::unix_kind::stream, until));
  STRAIT_CHECK(check_owner(socket, where, wish.who));
  return own(std::move(socket));
}

result<std::pair<local_stream, local_stream>> local_stream::create_pair() {
  STRAIT_TRY(auto ends, posix::new_socket_pair(pairing, AF_UNIX, SOCK_STREAM));
  STRAIT_TRY(auto first, own(std::move(ends.first)));
  STRAIT_TRY(auto second, own(std::move(ends.second)));
  return std::pair{std::move(first), std::move(second)};
}

result<local_stream> local_stream::own(handle&& h) {
  local_stream stream;
  stream.io_ = std::move(h);
  return stream;
}

result<local_stream> local_stream::adopt(handle h) {
  STRAIT_CHECK(detail::check_connected(adopting, h.get(), detail::unix_kind::stream));
  return own(std::move(h));
}

// The common case comes first and is small; what fails is looked at by the general call.

result<std::size_t> local_stream::read(bytes into, const deadline& until) {
  if (until.is_never() && !into.empty()) [[likely]] {
    const auto moved = ::recv(io_.get(), into.data(), into.size(), 0);
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
    if (errno == ECONNRESET) return 0;  // said once
  }
  return read(bytes_list{&into, 1}, until);
}

result<std::size_t> local_stream::read(bytes_list into, const deadline& until) {
  return detail::zero_at_end(posix::receive(reading, io_.get(), into, until));
}

result<std::size_t> local_stream::write(const_bytes from, const deadline& until) {
  if (until.is_never() && !from.empty()) [[likely]] {
    const auto moved = ::send(io_.get(), from.data(), from.size(), posix::send_quiet);
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
  }
  return write(const_bytes_list{&from, 1}, until);
}

result<std::size_t> local_stream::write(const_bytes_list from, const deadline& until) {
  return detail::broken_at_end(posix::send(writing, io_.get(), from, until));
}

result<> local_stream::finish() {
  if (!io_) return fail(condition::bad_file_descriptor, finishing);
  if (is_finished_) return {};
  const int fd = io_.get();
  // Linux shuts down a stream whose peer is gone without a word; a write of nothing tells.
  STRAIT_CHECK(detail::broken_at_end(
      posix::retry(finishing, [&] { return ::send(fd, "", 0, posix::send_quiet); })));
  STRAIT_CHECK(
      detail::broken_at_end(posix::retry(finishing, [&] { return ::shutdown(fd, SHUT_WR); })));
  is_finished_ = true;
  return {};
}

result<> local_stream::send_handles(std::span<const native_handle> handles, const deadline& until) {
  return detail::broken_at_end(posix::send_handles(sending, io_.get(), handles, until));
}

result<std::size_t> local_stream::receive_handles(std::span<handle> into, const deadline& until) {
  return detail::broken_at_end(posix::receive_handles(receiving, io_.get(), into, until));
}

}  // namespace strait
