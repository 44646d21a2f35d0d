// SPDX-License-Identifier: MIT
#pragma once

#include "win32.hpp"

namespace strait::win32 {

/// How a process ends that was killed: as if by control-C, the nearest there is to a signal.
inline constexpr UINT killed = 0xC000013A;  // STATUS_CONTROL_C_EXIT

/// A job: all that a child starts, killed when this process is gone or the object destroyed.
class process_tree {
 public:
  static result<process_tree> create();

  [[nodiscard]] HANDLE job() const noexcept { return job_.get(); }
  [[nodiscard]] result<> kill() const noexcept;

 private:
  explicit process_tree(handle job) noexcept : job_{std::move(job)} {}

  handle job_;
};

}  // namespace strait::win32
