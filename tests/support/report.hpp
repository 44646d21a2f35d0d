// SPDX-License-Identifier: MIT
#pragma once

namespace support {

/// Tells what was skipped and how many tests passed. Returns what main should.
int report(int catch_result);

}  // namespace support
