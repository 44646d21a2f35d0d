// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <strait/handle.hpp>
#include <strait/local_stream.hpp>
#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/local.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

namespace support {

/// Handles of every kind, as many as one message takes: sixteen times the ends of a pipe, an open
/// file and an end of a stream, whose other end is the last of the next four.
class luggage {
 public:
  static constexpr std::size_t size = 64;

  /// The files stand in `directory`.
  explicit luggage(const std::filesystem::path& directory) {
    for (std::size_t i = 0; i < size / 8; ++i) {
      auto [one, other] = strait::or_throw(strait::local_stream::create_pair());
      pack(directory, 2 * i, one.release());
      pack(directory, (2 * i) + 1, other.release());
    }
  }

  [[nodiscard]] std::span<const strait::native_handle> handles() const noexcept { return raw_; }

  /// Whether all of them are what was packed, and work; they are used up.
  [[nodiscard]] static bool is_usable(std::span<strait::handle, size> all) {
    for (std::size_t i = 0; i < size; i += 8) {
      if (!carries(std::move(all[i]), std::move(all[i + 1]))) return false;
      if (!carries(std::move(all[i + 4]), std::move(all[i + 5]))) return false;
      if (beginning_of(all[i + 2].get()) != "file " + std::to_string(i / 4)) return false;
      if (beginning_of(all[i + 6].get()) != "file " + std::to_string((i / 4) + 1)) return false;
      auto one = strait::or_throw(strait::local_stream::adopt(std::move(all[i + 3])));
      auto other = strait::or_throw(strait::local_stream::adopt(std::move(all[i + 7])));
      if (!talk(one, other)) return false;
    }
    return true;
  }

 private:
  void pack(const std::filesystem::path& directory, std::size_t number, strait::handle end) {
    auto [reader, writer] = strait::or_throw(strait::pipe::create());
    const auto file = directory / std::to_string(number);
    make_file(file, "file " + std::to_string(number));
    add(reader.release());
    add(writer.release());
    add(open_file(utf8(file)));
    add(std::move(end));
  }

  void add(strait::handle h) {
    raw_.push_back(h.get());
    owned_.push_back(std::move(h));
  }

  static bool carries(strait::handle in, strait::handle out) {
    auto reader = strait::or_throw(strait::pipe_reader::adopt(std::move(in)));
    auto writer = strait::or_throw(strait::pipe_writer::adopt(std::move(out)));
    strait::or_throw(writer.write(strait::as_bytes("cargo"), soon));
    return next_text(reader, 5) == "cargo";
  }

  std::vector<strait::handle> owned_;
  std::vector<strait::native_handle> raw_;
};

}  // namespace support
