// SPDX-License-Identifier: MIT
#include "../pause.hpp"

#include "posix.hpp"

namespace strait::detail {

result<> pause(const char* operation, const deadline& until) {
  constexpr int nothing = -1;  // which poll() passes over
  return posix::wait_ready(operation, nothing, 0, until);
}

}  // namespace strait::detail
