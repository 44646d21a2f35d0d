// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <unistd.h>
#include <utility>

#include <strait/handle.hpp>

namespace strait::posix {

/// A process group and its keeper, who kills it when this process is gone or the object destroyed.
///
/// The keeper reads from a pipe whose other end only this process has. It exists before the first
/// child joins its group and is not reaped before the last is killed, so that at no moment a child
/// is without it, and the number of the group never becomes another's.
class process_tree {
 public:
  /// Fails with no_such_file_or_directory where there is no /bin/sh.
  static result<process_tree> create();

  process_tree(process_tree&& other) noexcept
      : keeper_{std::exchange(other.keeper_, 0)},
        owner_{other.owner_},
        lifeline_{std::move(other.lifeline_)} {}
  process_tree& operator=(process_tree&&) = delete;
  ~process_tree();

  [[nodiscard]] pid_t group() const noexcept { return keeper_; }
  [[nodiscard]] result<> kill() const noexcept;

 private:
  process_tree(pid_t keeper, handle lifeline) noexcept
      : keeper_{keeper}, owner_{::getpid()}, lifeline_{std::move(lifeline)} {}

  pid_t keeper_;
  pid_t owner_;  ///< Whose tree it is: not that of a copy of this process made by fork.
  handle lifeline_;
};

}  // namespace strait::posix
