// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace strait {

/// How far a flush goes.
///
/// `ordered`: to the device, which may still keep it in its own memory; what is flushed later does
/// not get there before it. `full`: to where a loss of power does not reach it.
enum class durability : std::uint8_t { ordered, full };

}  // namespace strait
