// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/file_lock.hpp>
#include <strait/throw.hpp>

namespace strait {

/// A file_lock for std::unique_lock, std::shared_lock, std::lock and whatever else takes a mutex.
///
///     lockable_file both{file};
///     const std::shared_lock reading{both, 2s};
///
/// For one thread: it has the lock at most once, shared or not. Each thread needs a file_lock and a
/// lockable_file of its own. The file_lock must outlive it, and stay where it is.
/// Throws strait::failure, a std::system_error, for every failure but time.
class lockable_file {
 public:
  explicit lockable_file(file_lock& file, const file_range& which = {}) noexcept
      : file_{&file}, which_{which} {}

  void lock() { held_ = or_throw(file_->lock({}, which_)); }
  [[nodiscard]] bool try_lock() { return had(file_->lock(at_once, which_)); }
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> wait) {
    return had(file_->lock(wait, which_));
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> at) {
    return try_lock_for(at - Clock::now());
  }
  void unlock() noexcept { static_cast<void>(held_.release()); }

  void lock_shared() { held_ = or_throw(file_->lock_shared({}, which_)); }
  [[nodiscard]] bool try_lock_shared() { return had(file_->lock_shared(at_once, which_)); }
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_shared_for(std::chrono::duration<Rep, Period> wait) {
    return had(file_->lock_shared(wait, which_));
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_shared_until(std::chrono::time_point<Clock, Duration> at) {
    return try_lock_shared_for(at - Clock::now());
  }
  void unlock_shared() noexcept { unlock(); }

 private:
  static constexpr std::chrono::seconds at_once{0};

  bool had(result<file_lock::held> taken) {
    if (!taken && taken.error() == condition::timed_out) return false;
    held_ = or_throw(std::move(taken));
    return true;
  }

  file_lock* file_;
  file_range which_;
  file_lock::held held_;
};

}  // namespace strait
