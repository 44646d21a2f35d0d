// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <strait/file_lock.hpp>
#include <strait/throw.hpp>

#include "support/files.hpp"
#include "support/run.hpp"

namespace support {

/// Two parties that lock the same file.
struct two_parties {
  explicit two_parties(const strait::file_lock::options& wish = {})
      : one{strait::or_throw(strait::file_lock::open(place.path, wish))},
        other{strait::or_throw(strait::file_lock::open(place.path, wish))} {}

  file_place place;
  strait::file_lock one;
  strait::file_lock other;
};

/// FreeBSD, whose locks are for whole files.
[[nodiscard]] inline bool has_no_ranges() {
  const file_place place;
  auto file = strait::or_throw(strait::file_lock::open(place.path));
  if (file.lock(std::chrono::seconds{0}, {.size = 1})) return false;
  skip("this system locks whole files only");
  return true;
}

}  // namespace support
