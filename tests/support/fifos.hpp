// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>

#include <strait/fifo.hpp>
#include <strait/throw.hpp>

namespace support {

/// Writes as much as fits, and returns how much that was.
inline std::size_t fill(strait::fifo_writer& to) {
  using namespace std::chrono_literals;
  const std::array<std::byte, strait::fifo_writer::atomic_size> some{};
  std::size_t total = 0;
  for (;;) {
    const auto written = to.write(some, 0ms);
    if (written) {
      total += *written;
    } else if (written.error() == strait::condition::timed_out) {
      return total;
    } else {
      throw strait::failure{written.error()};
    }
  }
}

}  // namespace support
