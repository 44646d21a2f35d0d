// SPDX-License-Identifier: MIT
#include "posix.hpp"

#include <array>
#include <span>

#include "../stop_alarm.hpp"
#include "compat.hpp"

namespace strait::posix {
namespace {

result<> poll_until(const char* operation, std::span<pollfd> entries, const deadline& until) {
  for (;;) {
    const int ready = ::poll(entries.data(), static_cast<nfds_t>(entries.size()),
                             milliseconds_to_wait(until));
    if (ready == -1 && errno != EINTR) return fail(last_error(operation));
    if (ready == 0 && until.stop_requested()) return fail(condition::operation_canceled, operation);
    if (ready == 0 && until.has_passed()) return fail(condition::timed_out, operation);
    if (ready > 0) return {};
  }
}

}  // namespace

result<pipe_ends> make_pipe() {
  int ends[2];
  if (cloexec_pipe(ends) == -1) return fail(last_error("create pipe"));
  return pipe_ends{.reader = handle::adopt(ends[0]), .writer = handle::adopt(ends[1])};
}

result<> set_nonblocking(const char* operation, int fd, bool on) {
  STRAIT_TRY(const int flags, retry(operation, [&] { return ::fcntl(fd, F_GETFL); }));
  const int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  STRAIT_CHECK(retry(operation, [&] { return ::fcntl(fd, F_SETFL, wanted); }));
  return {};
}

result<> wait_ready(const char* operation, int fd, short events, const deadline& until) {
  std::array<pollfd, 2> entries{{{.fd = fd, .events = events, .revents = 0}, {}}};
  STRAIT_CHECK(wait_ready(operation, entries, until));
  if ((entries[0].revents & POLLNVAL) != 0) return fail(make_error(operation, EBADF));
  return {};
}

result<> wait_ready(const char* operation, std::span<pollfd> entries, const deadline& until) {
  if (!can_ring(until)) return poll_until(operation, entries.first(entries.size() - 1), until);

  STRAIT_TRY(auto wake, make_pipe());
  entries.back() = {.fd = wake.reader.get(), .events = POLLIN, .revents = 0};
  const auto ring = [&wake]() noexcept {
    static_cast<void>(wake.writer.close());  // and poll() sees the hang-up
  };
  const stop_alarm<decltype(ring)> alarm{until.stop(), ring};
  STRAIT_CHECK(poll_until(operation, entries, until));
  if (entries.back().revents != 0) return fail(condition::operation_canceled, operation);
  return {};
}

}  // namespace strait::posix
