// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

#include <strait/bytes.hpp>

namespace fuzz {

/// What must hold whatever the input is. Its end is what libFuzzer takes notice of.
inline void must_hold(bool truth, const char* what) {
  if (truth) return;
  static_cast<void>(std::fprintf(stderr, "does not hold: %s\n", what));
  std::abort();
}

/// Fast, where a loop would be watched step by step.
[[nodiscard]] inline bool same(strait::const_bytes a, strait::const_bytes b) noexcept {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// The bytes of an input, taken from its beginning. Where there are no more, they are 0.
class input {
 public:
  input(const std::uint8_t* data, std::size_t size) noexcept
      : rest_{std::as_bytes(std::span{data, size})} {}

  [[nodiscard]] std::uint8_t number() noexcept {
    const auto one = take(1);
    return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
  }
  /// At most so many of them.
  [[nodiscard]] strait::const_bytes take(std::size_t most) noexcept {
    const auto taken = rest_.first(most < rest_.size() ? most : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] strait::const_bytes rest() noexcept { return take(rest_.size()); }

 private:
  strait::const_bytes rest_;
};

}  // namespace fuzz
