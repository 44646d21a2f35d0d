// SPDX-License-Identifier: MIT
#pragma once

#include "win32.hpp"

namespace strait::win32 {

/// The event by which the process `id` is asked to end. Whoever comes first makes it, the one who
/// asks or the one who listens, so neither can be too early.
result<handle> stop_event(const char* operation, DWORD id);

}  // namespace strait::win32
