// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <cstdint>

#include <strait/error.hpp>

namespace strait::posix {

/// When a process started, in the unit of process_identity::start. Fails with no_such_process.
result<std::uint64_t> start_of(pid_t pid);

}  // namespace strait::posix
