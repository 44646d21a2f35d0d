// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

#include "win32.hpp"

namespace strait::win32 {

/// A program, ready to start: everything is found, opened and laid out.
struct launch_plan {
  std::wstring program;             ///< A path.
  std::wstring command_line;        ///< Beginning with the name of the program.
  std::wstring environment;         ///< "NAME=value", each ended by a zero, and another at the end.
  std::wstring directory;           ///< Empty: where we are.
  std::array<HANDLE, 3> standard;   ///< The child's input, output and errors.
  std::vector<HANDLE> inheritable;  ///< All that the child inherits.
  HANDLE job = nullptr;             ///< Which job to be born in, if any.
};

struct launched {
  handle process;
  DWORD id;
};

/// Starts it, with no other handle than those. Errors name `subject`.
result<launched> launch(launch_plan& plan, std::string_view subject);

}  // namespace strait::win32
