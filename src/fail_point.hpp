// SPDX-License-Identifier: MIT
#pragma once

#include <strait/native.hpp>

namespace strait::detail {

// Places where a test can end this process: what if it is killed here? They vanish from a library
// that is built without tests.
#if defined(STRAIT_FAIL_POINTS)

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): set by a test
STRAIT_API extern void (*fail_point_hook)(const char* where) noexcept;

inline void fail_point(const char* where) noexcept {
  if (fail_point_hook != nullptr) fail_point_hook(where);
}

#else

inline void fail_point(const char* /*where*/) noexcept {}

#endif

}  // namespace strait::detail
