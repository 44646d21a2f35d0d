// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace strait {

/// How the system's own headers call an error code: "ENOENT", "ERROR_FILE_NOT_FOUND".
/// Empty for a code that the library has no name for.
std::string_view native_error_name(int code) noexcept;

}  // namespace strait
