// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <stop_token>
#include <type_traits>
#include <version>

#include <strait/deadline.hpp>

namespace strait {

// libstdc++ before 16 can miss the wake-up in the destructor of a std::stop_callback that is just
// being called, and hang, unless it stands on a futex. There nobody rings, and a wait looks at its
// token again and again. See docs/decisions/005.
#if defined(__GLIBCXX__) && _GLIBCXX_RELEASE < 16 && !defined(_GLIBCXX_HAVE_LINUX_FUTEX)
inline constexpr bool stop_alarm_rings = false;
#else
inline constexpr bool stop_alarm_rings = true;
#endif

struct silent_alarm {
  template <class Ring>
  silent_alarm(const std::stop_token& /*stop*/, Ring /*ring*/) noexcept {}
};

/// Calls `Ring` when a stop is requested, for as long as it lives.
template <class Ring>
using stop_alarm = std::conditional_t<stop_alarm_rings, std::stop_callback<Ring>, silent_alarm>;

/// Whether a wait needs something that an alarm can ring.
inline bool can_ring(const deadline& until) noexcept {
  return stop_alarm_rings && until.stop().stop_possible();
}

/// How long to wait before looking at the deadline again; -1 is for ever.
inline int milliseconds_to_wait(const deadline& until) noexcept {
  constexpr int glance = 10;
  const int left = until.milliseconds_left();
  if (stop_alarm_rings || !until.stop().stop_possible()) return left;
  return left == -1 ? glance : std::min(left, glance);
}

}  // namespace strait
