// SPDX-License-Identifier: MIT
#include <strait/peer.hpp>

#include <strait/local_stream.hpp>

#include "../process_identity.hpp"
#include "peer_credentials.hpp"
#include "posix.hpp"

namespace strait {
namespace {

constexpr auto operation = "ask who the peer is";

bool has_ended(const handle& process) noexcept {
  pollfd entry{.fd = process.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) != 0;
}

}  // namespace

result<peer_process> peer_process::of_socket(native_socket s) {
  STRAIT_TRY(const auto seen, posix::credentials_of_peer(operation, s));
  peer_process who;
  who.identity_.id = static_cast<std::uint32_t>(seen.process);
  who.user_ = std::to_string(seen.user);
  who.group_ = std::to_string(seen.group);
  auto watch = posix::watch_peer(s, seen.process);
  if (!watch && watch.error() == condition::no_such_process) return who;
  if (!watch) return fail(watch.error());
  who.process_ = *std::move(watch);
  // What is known of the number is known of the process if it still lived afterwards.
  const auto now = detail::identify(who.identity_.id);
  if (now && who.alive()) who.identity_ = *now;
  return who;
}

result<peer_process> local_stream::peer() const {
  return peer_process::of_socket(io_.get());
}

bool peer_process::alive() const noexcept {
  return process_ && !has_ended(process_);
}

}  // namespace strait
