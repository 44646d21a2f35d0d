// SPDX-License-Identifier: MIT
#include <strait/deadline.hpp>

#include <algorithm>
#include <limits>

namespace strait {

int deadline::milliseconds_left() const noexcept {
  if (at_ == clock::time_point::max()) return -1;
  if (has_passed()) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, std::numeric_limits<int>::max()));
}

}  // namespace strait
