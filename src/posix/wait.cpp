// SPDX-License-Identifier: MIT
#include <strait/wait.hpp>

#include <algorithm>
#include <chrono>

#include "../few_or_many.hpp"
#include "posix.hpp"

namespace strait {
namespace {

constexpr auto operation = "wait for any";

pollfd entry_for(const detail::watched& thing) noexcept {
  const short events = thing.until == detail::watched::kind::writable ? POLLOUT : POLLIN;
  return {.fd = thing.what, .events = events, .revents = 0};
}

bool is_stale(const pollfd& entry) noexcept {
  return (entry.revents & POLLNVAL) != 0;
}

result<> poll_all(std::span<pollfd> entries, const deadline& until) {
  if (until.stop().stop_possible()) {
    // What is ready already needs nothing that a stop can ring.
    const auto seen = posix::wait_ready(operation, entries, std::chrono::seconds{0});
    if (seen || seen.error() != condition::timed_out) return seen;
  }
  return posix::wait_ready(operation, entries, until);
}

}  // namespace

result<> readiness::wait(std::span<readiness> things, const deadline& until) {
  const few_or_many<pollfd, 17> entries{things.size() + 1};
  const auto watched = entries.all().first(things.size());
  for (std::size_t i = 0; i < things.size(); ++i) watched[i] = entry_for(things[i].thing_);
  STRAIT_CHECK(poll_all(entries.all(), until));

  const bool any_stale = std::ranges::any_of(watched, is_stale);
  for (std::size_t i = 0; i < things.size(); ++i) {
    things[i].is_ready_ = any_stale ? is_stale(watched[i]) : watched[i].revents != 0;
  }
  if (any_stale) return fail(posix::make_error(operation, EBADF));
  return {};
}

}  // namespace strait
