// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace support {

/// The tests after which other handles were open than before. What a process makes once and keeps
/// is no leak, so they are to be run again: if it happens again, they have failed.
[[nodiscard]] std::vector<std::string> take_suspects();

/// Tells what was skipped and how many tests passed. Returns what main should.
int report(int catch_result);

}  // namespace support
