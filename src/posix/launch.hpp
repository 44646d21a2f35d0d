// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <optional>
#include <string>
#include <vector>

#include <strait/error.hpp>
#include <strait/handle.hpp>

namespace strait::posix {

/// A program, ready to start: everything is found, opened and laid out before the fork.
struct launch_plan {
  std::string program;                   ///< A path.
  std::vector<std::string> args;         ///< Beginning with the name of the program.
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string directory;                 ///< Empty: where we are.
  std::vector<int> descriptors;          ///< What the child finds as 0, 1, 2, 3 ...
  std::optional<pid_t> group;            ///< The process group to join; 0 makes a new one.
};

/// Starts it, with no other descriptor than those. Errors name `subject`.
result<pid_t> launch(const launch_plan& plan, std::string_view subject);

// What every way to launch needs.

/// A duplicate of `fd` whose number is `first` or higher: out of the way of the numbers that the
/// child's descriptors get.
result<handle> lift(int fd, int first);
result<std::vector<handle>> lift(const std::vector<int>& descriptors, int first);

/// Strings as exec wants them. The strings must outlive it.
class raw_strings {
 public:
  explicit raw_strings(const std::vector<std::string>& strings) {
    for (const auto& text : strings) pointers_.push_back(const_cast<char*>(text.c_str()));
    pointers_.push_back(nullptr);
  }
  [[nodiscard]] char* const* get() const noexcept { return pointers_.data(); }

 private:
  std::vector<char*> pointers_;
};

}  // namespace strait::posix
