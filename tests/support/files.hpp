// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "support/programs.hpp"
#include "support/run.hpp"

namespace support {

/// A path of its own for one file, which is not there yet, and is gone afterwards.
class file_place {
 public:
  file_place() = default;
  explicit file_place(std::string_view content) { make_file(path_of(path), content); }

  [[nodiscard]] std::string content() const { return content_of(path_of(path)); }

  temp_directory directory;
  std::string path = utf8(directory / u8"a file, öffentlich");
};

}  // namespace support
