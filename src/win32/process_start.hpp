// SPDX-License-Identifier: MIT
#pragma once

#include "win32.hpp"

namespace strait::win32 {

/// When a process started, in the unit of process_identity::start.
result<std::uint64_t> start_of(const char* operation, HANDLE process);

}  // namespace strait::win32
