// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>

namespace strait {

/// Some bytes of a file: all that follow `offset`, unless told.
struct file_range {
  std::uint64_t offset = 0;
  std::uint64_t size = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace strait
