// SPDX-License-Identifier: MIT
#include <strait/fifo.hpp>

#include <algorithm>
#include <chrono>

#include "../lock_file.hpp"
#include "compat.hpp"
#include "fifo_end.hpp"
#include "held_lock.hpp"
#include "posix.hpp"

namespace strait {
namespace {

using namespace std::chrono_literals;

constexpr auto creating = "create FIFO";
constexpr auto opening = "open FIFO";
constexpr auto reading = "read from FIFO";
constexpr auto closing = "close FIFO";

bool is_empty(bytes into) noexcept {
  return into.empty();
}

bool is_empty(bytes_list into) noexcept {
  return std::ranges::all_of(into, [](const bytes& piece) { return piece.empty(); });
}

/// Waits until `holds`, looking again when bytes come, or after a while, which grows to 50 ms.
template <class Holds>
result<> watch(const char* operation, int fd, const deadline& until, Holds holds) {
  for (auto slice = 1ms; !holds(); slice = std::min(slice * 2, 50ms)) {
    const auto left = std::chrono::milliseconds{until.milliseconds_left()};
    if (left == 0ms) return fail(condition::timed_out, operation);
    const deadline look_again{left < 0ms ? slice : std::min(left, slice), until.stop()};
    auto waited = posix::wait_ready(operation, fd, POLLIN, look_again);
    if (!waited && waited.error() != condition::timed_out) return waited;
  }
  return {};
}

/// Whether there is a writer, or what one has left, as long as `fd` has seen one go.
bool sees_writer(int fd) noexcept {
  const auto events = posix::fifo_events(fd);
  return (events & POLLIN) != 0 || (events & POLLHUP) == 0;
}

}  // namespace

struct fifo_reader::state {
  /// Where the stream is: its first writer has not come; it flows; its end was told.
  enum class stage : std::uint8_t { expected, flowing, over };

  options wish;
  detail::place where;
  detail::lock_file claim;
  detail::byte_end end;
  posix::held_lock copy;  ///< Of the number of `end`: writers must not think that a fork reads.
  handle own_writer;      ///< With at_end::wait_for_next, so that no end comes.
  stage now = stage::expected;

  state(const options& w, detail::place p) noexcept : wish{w}, where{std::move(p)} {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { static_cast<void>(close()); }

  static result<std::pair<std::unique_ptr<state>, handle>> make(const name& n, const options& wish);
  result<> wait_for_first(const deadline& until, const handle& sentinel);
  result<> begin();
  template <class Into>
  result<std::size_t> read(Into into, const deadline& until);
  result<> renew();
  result<> close() noexcept;

 private:
  [[nodiscard]] result<posix::fifo_ends> open(const name& n) const;
  result<> take(handle reader);
  void let_go() noexcept;
  result<> wait_for_bytes(const deadline& until);
  error about(error why, const char* operation) const noexcept;
};

error fifo_reader::state::about(error why, const char* operation) const noexcept {
  why.operation = operation;
  why.subject = std::string_view{where.name};
  return why;
}

result<std::pair<std::unique_ptr<fifo_reader::state>, handle>> fifo_reader::state::make(
    const name& n, const options& wish) {
  STRAIT_TRY(auto where, detail::place_of(n, "fifo", wish.who));
  auto made = std::make_unique<state>(wish, std::move(where));
  if (!n.is_native()) {
    const detail::place lock{.path = made->where.path + ".lock", .name = made->where.name};
    auto claimed = detail::lock_file::claim(creating, lock, wish.who);
    if (!claimed && claimed.error() == condition::resource_unavailable_try_again) {
      return fail(condition::address_in_use, creating, n.text());
    }
    STRAIT_TRY(made->claim, std::move(claimed));
  }
  const auto no_fork = posix::hold_forks();
  STRAIT_TRY(auto ends, made->open(n));
  STRAIT_CHECK(made->take(std::move(ends.reader)));
  return std::pair{std::move(made), std::move(ends.sentinel)};
}

result<posix::fifo_ends> fifo_reader::state::open(const name& n) const {
  return n.is_native() ? posix::open_fifo(creating, where, wish)
                       : posix::make_fifo(creating, where, wish);
}

/// Reads from `reader` from now on. Under hold_forks.
result<> fifo_reader::state::take(handle reader) {
  STRAIT_TRY(auto taken,
             detail::byte_end::own(std::move(reader), detail::byte_end::direction::reads));
  let_go();
  end = std::move(taken);
  copy.fd = end.native();
  posix::remember(copy);
  return {};
}

/// Closes what is read from. In a copy of the process made by fork that was done already, and the
/// number may be somebody else's. Under hold_forks.
void fifo_reader::state::let_go() noexcept {
  if (copy.fd == -1) {
    static_cast<void>(end.release().release());
    return;
  }
  posix::forget(copy);
  copy.fd = -1;
  static_cast<void>(end.close());
}

/// What is left to do once all is there.
result<> fifo_reader::state::begin() {
  if (wish.end == at_end::finish) return {};
  STRAIT_TRY(own_writer, posix::open_again(creating, where, where.path, O_WRONLY, end.native()));
  now = stage::flowing;
  return {};
}

result<> fifo_reader::state::wait_for_first(const deadline& until, const handle& sentinel) {
  if (until.stop_requested()) return fail(condition::operation_canceled, opening, where.name);
  const int fd = end.native();
  auto came = watch(opening, fd, until, [&] {
    if (sentinel && sees_writer(sentinel.get())) return true;
    // One that came and has gone already.
    return posix::poll_tells_fifo_end && posix::fifo_events(fd) != 0;
  });
  if (!came) return fail(about(came.error(), opening));
  now = stage::flowing;
  return {};
}

/// After an end: gets ready for the next stream.
result<> fifo_reader::state::renew() {
  if (now != stage::over) return {};
  if (posix::poll_tells_fifo_end && !sees_writer(end.native())) {
    // poll() will go on telling this descriptor that the writers have gone, and a new one will only
    // hear of new ones. It is opened before the old one is closed: no writer finds nobody reading.
    const auto no_fork = posix::hold_forks();
    STRAIT_TRY(auto again, posix::open_again(reading, where, where.path, O_RDONLY, end.native()));
    STRAIT_CHECK(posix::make_waiting(reading, again));
    STRAIT_CHECK(take(std::move(again)));
  }
  now = stage::expected;
  return {};
}

/// Waits until a read need not wait: there are bytes, or the stream has ended.
result<> fifo_reader::state::wait_for_bytes(const deadline& until) {
  if (until.stop_requested()) return fail(condition::operation_canceled, reading);
  STRAIT_CHECK(renew());
  const int fd = end.native();
  if (posix::poll_tells_fifo_end) return posix::wait_ready(reading, fd, POLLIN, until);
  if (now == stage::expected) {
    STRAIT_CHECK(watch(reading, fd, until, [&] { return sees_writer(fd); }));
    now = stage::flowing;
  }
  return watch(reading, fd, until, [&] { return posix::fifo_events(fd) != 0; });
}

template <class Into>
result<std::size_t> fifo_reader::state::read(Into into, const deadline& until) {
  if (is_empty(into)) return 0;
  if (now != stage::flowing || !until.is_never()) {
    if (auto ready = wait_for_bytes(until); !ready) return fail(about(ready.error(), reading));
    now = stage::flowing;
  }
  // Nobody else reads, so this waits only where it may.
  auto got = end.read(into, deadline{});
  if (!got) return fail(about(got.error(), reading));
  if (*got == 0) now = stage::over;
  return got;
}

result<> fifo_reader::state::close() noexcept {
  // In this order: who finds the name finds a reader, and a successor's file is never taken away.
  auto done = claim.is_held() ? posix::remove_fifo(closing, where, end.native()) : result<>{};
  {
    const auto no_fork = posix::hold_forks();
    let_go();
  }
  static_cast<void>(own_writer.close());
  const auto released = claim.release();
  return done ? released : done;
}

fifo_reader::fifo_reader() noexcept = default;
fifo_reader::fifo_reader(fifo_reader&& other) noexcept = default;
fifo_reader& fifo_reader::operator=(fifo_reader&& other) noexcept = default;
fifo_reader::~fifo_reader() = default;
fifo_reader::fifo_reader(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

result<fifo_reader> fifo_reader::create(const name& n, const options& wish) {
  STRAIT_TRY(auto made, state::make(n, wish));
  STRAIT_CHECK(made.first->begin());
  return fifo_reader{std::move(made.first)};
}

result<fifo_reader> fifo_reader::open(const name& n, const deadline& until, const options& wish) {
  STRAIT_TRY(auto made, state::make(n, wish));
  STRAIT_CHECK(made.first->wait_for_first(until, made.second));
  STRAIT_CHECK(made.first->begin());
  return fifo_reader{std::move(made.first)};
}

result<std::size_t> fifo_reader::read(bytes into, const deadline& until) {
  if (!state_) return fail(condition::bad_file_descriptor, reading);
  return state_->read(into, until);
}

result<std::size_t> fifo_reader::read(bytes_list into, const deadline& until) {
  if (!state_) return fail(condition::bad_file_descriptor, reading);
  return state_->read(into, until);
}

readiness fifo_reader::readable() {
  // If this fails, an end is seen for ever, and the next read says why.
  if (state_) static_cast<void>(state_->renew());
  return readiness{{.what = native(), .until = detail::watched::kind::readable}};
}

result<> fifo_reader::close() noexcept {
  if (!state_) return {};
  return std::exchange(state_, {})->close();
}

native_handle fifo_reader::native() const noexcept {
  return state_ ? state_->end.native() : no_handle;
}

}  // namespace strait
