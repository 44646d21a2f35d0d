// SPDX-License-Identifier: MIT
#include "../pause.hpp"

#include "win32.hpp"

namespace strait::detail {

result<> pause(const char* operation, const deadline& until) {
  STRAIT_TRY(const auto never, win32::make_event(operation));
  return win32::wait_for(operation, never.get(), until);
}

}  // namespace strait::detail
