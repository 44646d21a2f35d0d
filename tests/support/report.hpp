// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace support {

/// The tests after which other handles were open than before, to be run again. What a process makes
/// once and keeps is no leak, nor what a system makes now and then, like an event for the first two
/// threads that meet at a lock. If it happens each time that they are run, they have failed.
[[nodiscard]] std::vector<std::string> take_suspects();

/// Tells what was skipped and how many tests passed. Returns what main should.
int report(int catch_result);

}  // namespace support
