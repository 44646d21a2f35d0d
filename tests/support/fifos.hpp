// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <strait/fifo.hpp>
#include <strait/throw.hpp>

#include "support/pipes.hpp"
#include "support/run.hpp"

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

/// A name and a reader that has claimed it.
struct claimed_fifo {
  std::string name = unique_name();
  strait::fifo_reader reader;

  explicit claimed_fifo(const strait::fifo_reader::options& wish = {})
      : reader{strait::or_throw(strait::fifo_reader::create(name, wish))} {}

  [[nodiscard]] strait::fifo_writer writer() const {
    return strait::or_throw(strait::fifo_writer::open(name, soon));
  }
};

/// What one read brings.
inline std::string next_of(strait::fifo_reader& from) {
  std::array<std::byte, 64> buffer{};
  const auto size = strait::or_throw(from.read(buffer, soon));
  return text_of(strait::bytes{buffer}.first(size));
}

}  // namespace support
