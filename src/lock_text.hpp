// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <strait/lease.hpp>

namespace strait::detail {

/// What stands in a lock file: "ID START NAME\n". Read by people, too.
struct lock_text {
  process_identity holder;
  std::string name;
};

std::string write(const lock_text& text);
/// Nothing if it is no such text: another program may have made the file.
std::optional<lock_text> read_lock_text(std::string_view text);

}  // namespace strait::detail
