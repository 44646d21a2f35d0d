// SPDX-License-Identifier: MIT
#include "support/pipes.hpp"

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

}  // namespace support
