// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "win32.hpp"

namespace strait::win32 {

/// Whether a pipe was made by this user or by the administrator. Fails with permission_denied if
/// not.
result<> check_pipe_owner(const char* operation, HANDLE pipe, std::string_view subject);

}  // namespace strait::win32
