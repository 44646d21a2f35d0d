// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace strait {

/// Where a Unix domain socket is: a path in UTF-8, exactly as other programs write it.
///
///     unix_stream::connect("/run/other/program.sock");
///
/// A path has at most 107 bytes on Linux and Windows and 103 on macOS and FreeBSD; who listens
/// needs one byte less on POSIX. Longer ones are refused with filename_too_long, empty ones and
/// those with a zero in them with invalid_argument.
class unix_address {
 public:
  /// Of a socket that has no place: nobody can answer it.
  unix_address() noexcept = default;

  // All of them implicit: an address is written in place.
  unix_address(const char* path) : text_{path} {}
  unix_address(std::string_view path) : text_{path} {}
  unix_address(std::string path) noexcept : text_{std::move(path)} {}

  /// The path, or the name if it is an abstract one.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Whether it is one of posix::abstract_name.
  [[nodiscard]] bool is_abstract() const noexcept { return is_abstract_; }
  [[nodiscard]] bool is_unnamed() const noexcept { return text_.empty() && !is_abstract_; }

  /// Becomes another one, in the memory that this has already.
  void assign(std::string_view text, bool is_abstract) {
    text_.assign(text);
    is_abstract_ = is_abstract;
  }

  friend bool operator==(const unix_address& a, const unix_address& b) noexcept = default;

 private:
  std::string text_;
  bool is_abstract_ = false;
};

}  // namespace strait
