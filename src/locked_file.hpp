// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include <strait/error.hpp>
#include <strait/file_lock.hpp>
#include <strait/file_range.hpp>
#include <strait/handle.hpp>

namespace strait::detail {

/// What a lock needs to know of the bytes that it is for.
struct lock_span {
  /// Beyond it no system has bytes in files. Windows: where locks stand that hinder nobody.
  static constexpr std::uint64_t most = std::uint64_t{1} << 62U;
  static constexpr std::uint64_t to_end = std::numeric_limits<std::uint64_t>::max();

  bool exclusive = false;
  file_range which;
};

/// The twins of file_lock: an open file that is locked as a party of its own. A child made by fork
/// does not have it.
class locked_file {
 public:
  locked_file() noexcept;
  locked_file(const locked_file&) = delete;
  locked_file& operator=(const locked_file&) = delete;
  ~locked_file();

  /// Each once, for one that is not open. With `append`, writes go to the end.
  result<> open(const char* operation, std::string_view path, const file_lock_options& wish,
                bool append);
  result<> adopt(const char* operation, handle file, const file_lock_options& wish);

  /// The file; none in a child made by fork.
  [[nodiscard]] native_handle get() const noexcept;

  /// Locks; false if others hinder that. With `wait` it waits for as long as it takes, where the
  /// system can do that.
  [[nodiscard]] result<bool> take(const char* operation, const lock_span& what,
                                  bool wait) const noexcept;
  result<> give_back(const char* operation, const file_range& which) const noexcept;

 private:
  struct system;
  std::unique_ptr<system> system_;
};

}  // namespace strait::detail
