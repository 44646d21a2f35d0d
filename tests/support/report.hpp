// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace support {

/// The tests after which other handles were open than before, to be run again. What a process makes
/// once and keeps is no leak. Nor is, on Windows, what is made now and then, like MinGW's event for
/// the first two threads that meet at a lock: so there they are run up to three times more, else
/// once. If it happens each time, they have failed.
[[nodiscard]] std::vector<std::string> take_suspects();

/// Tells what was skipped and how many tests passed. Returns what main should.
int report(int catch_result);

}  // namespace support
