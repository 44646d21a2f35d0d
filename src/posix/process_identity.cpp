// SPDX-License-Identifier: MIT
#include "../process_identity.hpp"

#include <unistd.h>

#include "posix.hpp"
#include "process_start.hpp"

namespace strait::detail {

result<process_identity> identify(std::uint32_t id) {
  STRAIT_TRY(const auto start, posix::start_of(static_cast<pid_t>(id)));
  return process_identity{.id = id, .start = start};
}

result<process_identity> this_process() {
  return identify(static_cast<std::uint32_t>(::getpid()));
}

}  // namespace strait::detail
