// SPDX-License-Identifier: MIT
#include "fail_point.hpp"

#if defined(STRAIT_FAIL_POINTS)
namespace strait::detail {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
void (*fail_point_hook)(const char* where) noexcept = nullptr;

}  // namespace strait::detail
#endif
