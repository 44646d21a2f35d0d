// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include <strait/deadline.hpp>
#include <strait/error.hpp>

#include "try.hpp"

namespace strait::detail {

/// Waits for as long as `until` says. Fails with timed_out, which is what it is for, or with
/// operation_canceled.
result<> pause(const char* operation, const deadline& until);

/// For what no system can wait for: looks again after a while, which grows from 1 ms to 50 ms.
///
///     for (;;) { if (it is so) return ...; STRAIT_CHECK(patience.wait()); }
class patience {
 public:
  patience(const char* operation, std::string_view subject, const deadline& until) noexcept
      : operation_{operation}, subject_{subject}, until_{&until} {}

  /// Fails with timed_out, operation_canceled if there is no more time.
  result<> wait() {
    using namespace std::chrono_literals;
    if (until_->stop_requested())
      return fail(condition::operation_canceled, operation_, subject_.text());
    const auto left = std::chrono::milliseconds{until_->milliseconds_left()};
    if (left == 0ms) return fail(condition::timed_out, operation_, subject_.text());
    const auto slice = left < 0ms ? next_ : std::min(left, next_);
    next_ = std::min(next_ * 2, 50ms);
    auto waited = pause(operation_, {slice, until_->stop()});
    if (waited || waited.error() == condition::timed_out) return {};
    waited.error().subject = subject_;
    return waited;
  }

 private:
  const char* operation_;
  subject_name subject_;
  const deadline* until_;
  std::chrono::milliseconds next_{1};
};

}  // namespace strait::detail
