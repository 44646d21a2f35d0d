// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <strait/process.hpp>

namespace strait::posix {

/// What the child's environment will be, with `given` as the list of what it is given.
std::vector<std::string> make_environment(const command& c, const std::string& given);

}  // namespace strait::posix
