// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

namespace support {

/// A pipe that moves at most three bytes at a time, however many there are or fit, and of several
/// pieces only the first.
struct narrow_pipe {
  static constexpr std::size_t width = 3;

  strait::pipe inner = strait::or_throw(strait::pipe::create());

  strait::result<std::size_t> read(strait::bytes into, const strait::deadline& until) {
    return inner.reader.read(into.first(std::min(into.size(), width)), until);
  }
  strait::result<std::size_t> write(strait::const_bytes from, const strait::deadline& until) {
    return inner.writer.write(from.first(std::min(from.size(), width)), until);
  }
};

/// The same, but the three bytes may be of several pieces.
struct narrow_gathering_pipe : narrow_pipe {
  using narrow_pipe::write;

  strait::result<std::size_t> write(strait::const_bytes_list from, const strait::deadline& until) {
    std::vector<std::byte> all;
    for (const auto& piece : from) all.insert(all.end(), piece.begin(), piece.end());
    return write(strait::const_bytes{all}, until);
  }
};

}  // namespace support
