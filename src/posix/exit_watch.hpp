// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <strait/handle.hpp>

namespace strait::posix {

/// A descriptor that poll() reports as readable once the child `pid` has ended.
result<handle> exit_watch(pid_t pid);

/// Sends `signal` to the child that `watch` was made for.
result<> signal_child(const handle& watch, pid_t pid, int signal);

}  // namespace strait::posix
