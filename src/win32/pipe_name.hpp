// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <strait/name.hpp>

#include "win32.hpp"

namespace strait::win32 {

/// USER in <strait/name.hpp>: "SESSION.SID", or "machine".
result<std::wstring> user_part(scope where);

/// The path of the pipe that stands for the thing of `kind` called `n`.
///
/// Fails as name::check does; with illegal_byte_sequence if a native name is not UTF-8.
result<std::wstring> pipe_name(const name& n, std::string_view kind);

}  // namespace strait::win32
