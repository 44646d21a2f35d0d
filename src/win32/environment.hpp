// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <strait/process.hpp>

namespace strait::win32 {

/// What the child's environment will be, with `given` as the list of what it is given.
result<std::wstring> make_environment(const command& c, const std::string& given);

}  // namespace strait::win32
