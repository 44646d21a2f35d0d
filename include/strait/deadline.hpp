// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <utility>

#include <strait/native.hpp>

namespace strait {

/// The moment until which a call may wait, and who may stop it before.
///
/// Written in place: `read(into)` waits for as long as it takes, `read(into, 200ms)` at most that
/// long, `read(into, token)` until a stop is requested, `read(into, {200ms, token})` until either.
/// A duration becomes a moment once, at the call; every wait inside measures against it, on the
/// monotonic clock. `0ms` never waits: the call does what can be done at once.
///
/// A moment that passes is condition::timed_out. A stop is condition::operation_canceled, also
/// when it was requested before the call began.
class deadline {
 public:
  using clock = std::chrono::steady_clock;

  /// Wait for as long as it takes.
  deadline() noexcept = default;

  template <class Rep, class Period>
  deadline(std::chrono::duration<Rep, Period> wait, std::stop_token stop = {}) noexcept
      : at_{after(wait)}, stop_{std::move(stop)} {}

  template <class Duration>
  deadline(std::chrono::time_point<clock, Duration> at, std::stop_token stop = {}) noexcept
      : at_{moment(at)}, stop_{std::move(stop)} {}

  deadline(std::stop_token stop) noexcept : stop_{std::move(stop)} {}

  /// Neither a moment nor a stop limits the wait.
  [[nodiscard]] bool is_never() const noexcept {
    return at_ == clock::time_point::max() && !stop_.stop_possible();
  }
  [[nodiscard]] bool has_passed() const noexcept {
    return at_ != clock::time_point::max() && (at_ == passed || at_ <= clock::now());
  }
  [[nodiscard]] bool stop_requested() const noexcept { return stop_.stop_requested(); }
  [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }

  /// The same, but not beyond the moment `at`.
  [[nodiscard]] deadline no_later_than(clock::time_point at) const noexcept {
    auto sooner = *this;
    sooner.at_ = std::min(at_, at);
    return sooner;
  }

  /// Milliseconds left, rounded up; -1 if there is no moment, which is what both poll() and
  /// INFINITE mean by it. More than an int can hold is cut: look again after the wait.
  [[nodiscard]] STRAIT_API int milliseconds_left() const noexcept;

 private:
  static constexpr clock::time_point passed = clock::time_point::min();

  template <class Rep, class Period>
  static clock::time_point after(std::chrono::duration<Rep, Period> wait) noexcept {
    if (!(wait > wait.zero())) return passed;  // and for 0ms the clock need not be read
    const auto now = clock::now();
    // Compared as floating point: hours::max() in nanoseconds overflows an integer.
    using approximate = std::chrono::duration<double>;
    if (!(approximate{wait} < approximate{clock::time_point::max() - now})) {
      return clock::time_point::max();
    }
    return now + std::chrono::ceil<clock::duration>(wait);
  }

  /// The same for a moment of a coarser or finer clock.
  template <class Duration>
  static clock::time_point moment(std::chrono::time_point<clock, Duration> at) noexcept {
    using approximate = std::chrono::time_point<clock, std::chrono::duration<double>>;
    if (!(approximate{at} < approximate{clock::time_point::max()})) return clock::time_point::max();
    if (!(approximate{at} > approximate{clock::time_point::min()})) return passed;
    return std::chrono::ceil<clock::duration>(at);
  }

  clock::time_point at_ = clock::time_point::max();
  std::stop_token stop_;
};

}  // namespace strait
