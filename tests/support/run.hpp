// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <strait/deadline.hpp>
#include <strait/error.hpp>

namespace support {

/// A deadline for what happens at once unless something is broken.
inline constexpr std::chrono::seconds soon{20};

/// Ends a test that this system cannot do: `if (...) return support::skip("why");`.
void skip(std::string_view reason);

/// Wine stands in for Windows in quick checks; what it lacks is tested on Windows only.
[[nodiscard]] bool under_wine();

/// Sanitizers slow things down and make system calls of their own.
[[nodiscard]] bool runs_under_sanitizer() noexcept;

/// `full`, the count of a long run, cut down by the environment's STRAIT_TEST_SCALE (0.05 unless
/// told), but never below `least`.
[[nodiscard]] std::size_t scaled(std::size_t full, std::size_t least = 1);

/// A name that no other test, running now or left over from a crash, uses.
[[nodiscard]] std::string unique_name();

/// A directory of its own for a test, removed with all that is in it.
class temp_directory {
 public:
  temp_directory() : temp_directory{std::u8string_view{}} {}
  /// Its name ends with `ending`.
  explicit temp_directory(std::u8string_view ending);
  temp_directory(const temp_directory&) = delete;
  temp_directory& operator=(const temp_directory&) = delete;
  ~temp_directory();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The path of `name` in it.
  [[nodiscard]] std::filesystem::path operator/(std::u8string_view name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string utf8(const std::filesystem::path& path);
[[nodiscard]] std::string chars(std::u8string_view text);
[[nodiscard]] std::string content_of(const std::filesystem::path& file);
void make_file(const std::filesystem::path& file, std::string_view content);

/// For what only time can show, like the end of a process that is nobody's child: looks again and
/// again until `holds` does. Never to put events in order.
[[nodiscard]] bool eventually(const std::function<bool()>& holds,
                              const strait::deadline& until = soon);

/// The error in `r`; for a success an error that equals no condition. Shows well in a failed check.
template <class T>
[[nodiscard]] strait::error why(const strait::result<T>& r) {
  if (!r) return r.error();
  return {.condition = strait::condition{}, .operation = "nothing failed"};
}

}  // namespace support
