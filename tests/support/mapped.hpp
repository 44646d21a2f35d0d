// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <strait/mapped_file.hpp>
#include <strait/throw.hpp>

#include "support/run.hpp"

namespace support {

/// A place for a file in a directory of its own.
class place_for_file {
 public:
  place_for_file() = default;
  explicit place_for_file(std::string_view content) { make_file(file, content); }

  [[nodiscard]] std::string path() const { return utf8(file); }

 private:
  temp_directory directory_;

 public:
  std::filesystem::path file = directory_ / u8"\u00e4 file";
};

inline void put(strait::mapped_file& into, std::size_t at, std::string_view text) {
  std::ranges::copy(strait::as_bytes(text), into.writable_bytes().subspan(at).begin());
}

[[nodiscard]] inline bool is_zero(strait::const_bytes part) {
  return std::ranges::all_of(part, [](std::byte b) { return b == std::byte{}; });
}

/// What the file has at `offset`, at most so much, as read_at says.
[[nodiscard]] inline std::string text_at(const strait::mapped_file& from, std::uint64_t offset,
                                         std::size_t most) {
  std::string text(most, '?');
  text.resize(strait::or_throw(from.read_at(offset, std::as_writable_bytes(std::span{text}))));
  return text;
}

}  // namespace support
