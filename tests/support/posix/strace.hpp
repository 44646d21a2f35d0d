// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <strait/process.hpp>

#include "support/run.hpp"

namespace support {

/// Runs children under strace, where there is one that works.
class strace {
 public:
  strace();

  explicit operator bool() const noexcept { return why_not_.empty(); }
  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

  /// `c`, writing its system calls down.
  [[nodiscard]] strait::command counting(const strait::command& c) const;
  /// `c`, where the system calls with these names fail with that error: "EMFILE".
  [[nodiscard]] strait::command refusing(const std::string& names, const std::string& error,
                                         const strait::command& c) const;
  /// `c` on a kernel that knows no flags for a single read or write: the system calls that
  /// take them fail as they do on such a kernel.
  [[nodiscard]] strait::command refusing_flags(const strait::command& c) const;

  /// The names of the system calls that the last child made between its two calls of mark().
  [[nodiscard]] std::vector<std::string> calls() const;

  /// Called by a child, makes a system call that stands out.
  static void mark() noexcept;

 private:
  [[nodiscard]] strait::command under(std::vector<std::string> options,
                                      const strait::command& c) const;

  temp_directory directory_;
  std::string why_not_;
};

}  // namespace support
