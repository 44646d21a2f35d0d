// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <strait/error.hpp>
#include <strait/handle.hpp>

namespace strait::detail {

/// The environment variable in which a child finds what it was given: "jobs=A;talk=B,C", where A, B
/// and C are what the system needs to find a handle again.
inline constexpr std::string_view given_variable = "STRAIT_GIVEN";

/// The marks of the handles under `name` in the text of that variable.
std::optional<std::vector<std::string_view>> find_given(std::string_view list,
                                                        std::string_view name);

/// The text of that variable in this process; empty if there is none.
std::string given_list();

/// Takes the handle behind a mark, once. Fails with no_such_file_or_directory if it is not there.
result<handle> claim_given(std::string_view mark);

}  // namespace strait::detail
