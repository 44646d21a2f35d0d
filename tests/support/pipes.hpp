// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/run.hpp"

namespace support {

/// Bytes that look random, the same for the same seed.
[[nodiscard]] std::vector<std::byte> noise(std::size_t size, std::uint64_t seed = 1);

/// A number that tells one series of bytes from another (FNV-1a). Goes on from `sum`.
[[nodiscard]] std::uint64_t checksum(strait::const_bytes data,
                                     std::uint64_t sum = 0xcbf29ce484222325U) noexcept;

/// Compares without showing megabytes in a failed check.
[[nodiscard]] inline bool same(strait::const_bytes a, strait::const_bytes b) noexcept {
  return std::ranges::equal(a, b);
}

/// Writes as much as fits, and returns how much that was.
template <class Stream>
std::size_t fill(Stream& to) {
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

/// Reads to the end of the stream.
template <class Stream>
[[nodiscard]] std::vector<std::byte> rest_of(Stream& from, const strait::deadline& until = soon) {
  std::vector<std::byte> all;
  std::vector<std::byte> some(16 * 1024);
  for (;;) {
    const auto got = strait::or_throw(from.read(some, until));
    if (got == 0) return all;
    all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(got));
  }
}

[[nodiscard]] inline std::string text_of(strait::const_bytes data) {
  return std::string{strait::as_text(data)};
}

}  // namespace support
