// SPDX-License-Identifier: MIT
#include <strait/local_stream.hpp>

#include "../path_socket.hpp"
#include "local_address.hpp"

namespace strait {
namespace {

constexpr auto creating = "create local listener";
constexpr auto accepting = "accept local stream";
constexpr auto closing = "close local listener";
constexpr auto adopting = "adopt local listener";

}  // namespace

struct local_listener::state {
  detail::path_socket socket;
};

local_listener::local_listener() noexcept = default;
local_listener::local_listener(local_listener&& other) noexcept = default;
local_listener& local_listener::operator=(local_listener&& other) noexcept = default;
local_listener::~local_listener() = default;
local_listener::local_listener(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

result<local_listener> local_listener::create(const name& n, const options& wish) {
  STRAIT_TRY(auto where, posix::socket_place(n, wish.who));
  STRAIT_TRY(auto socket, detail::path_socket::create({.operation = creating,
                                                       .where = std::move(where),
                                                       .is_native = n.is_native(),
                                                       .who = wish.who,
                                                       .backlog = wish.backlog}));
  return local_listener{std::make_unique<state>(std::move(socket))};
}

result<local_stream> local_listener::accept(const deadline& until) {
  if (!state_) return fail(condition::bad_file_descriptor, accepting);
  STRAIT_TRY(auto socket, state_->socket.accept(accepting, until));
  return local_stream::own(std::move(socket));
}

readiness local_listener::acceptable() const noexcept {
  return readiness{{.what = native(), .until = detail::watched::kind::readable}};
}

result<> local_listener::close() noexcept {
  if (!state_) return {};
  return std::exchange(state_, {})->socket.close(closing);
}

result<local_listener> local_listener::adopt(handle h) {
  STRAIT_CHECK(detail::check_listening(adopting, h.get(), detail::unix_kind::stream));
  return local_listener{std::make_unique<state>(detail::path_socket::own(std::move(h)))};
}

native_handle local_listener::native() const noexcept {
  return state_ ? state_->socket.native() : no_handle;
}

}  // namespace strait
