// SPDX-License-Identifier: MIT
#include "support/pipes.hpp"

#include <array>
#include <random>

namespace support {

std::vector<std::byte> noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 dice{seed};
  std::vector<std::byte> data(size);
  for (auto& one : data) one = static_cast<std::byte>(dice());
  return data;
}

std::uint64_t checksum(strait::const_bytes data, std::uint64_t sum) noexcept {
  for (const auto one : data) sum = (sum ^ static_cast<std::uint64_t>(one)) * 0x100000001b3U;
  return sum;
}

std::size_t fill(strait::pipe_writer& to) {
  using namespace std::chrono_literals;
  std::size_t total = 0;
  std::array<std::byte, 4096> many{};
  for (std::size_t piece = many.size(); piece > 0;) {
    const auto written = to.write(strait::const_bytes{many}.first(piece), 0ms);
    if (written) {
      total += *written;
    } else {
      if (written.error() != strait::condition::timed_out) throw strait::failure{written.error()};
      piece /= 2;
    }
  }
  return total;
}

}  // namespace support
