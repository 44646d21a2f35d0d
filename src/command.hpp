// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/process.hpp>

// The steps of spawn that both systems share.
namespace strait::detail {

inline constexpr auto starting = "start";

/// Refuses what no system could pass on: zero bytes in strings, names that are not allowed.
result<> check(const command& c);

/// Where the program is. Fails with no_such_file_or_directory, permission_denied.
result<std::string> find_program(const command& c);

/// A child's input, output and errors, and what stays here of them.
struct standard_handles {
  std::array<handle, 3> theirs;
  pipe_writer input;
  pipe_reader output;
  pipe_reader errors;
};

result<standard_handles> open_standard_handles(const command& c);

/// Closes here what the child has now.
void let_go(const command& c) noexcept;

// What open_standard_handles needs of each system.

enum class file_use { read, write, append };

/// This process's own input, output or errors, or nothing if it has none.
result<handle> duplicate_standard(std::size_t index);
result<handle> open_null();
result<handle> open_file(const std::string& path, file_use use);
/// A duplicate that an ordinary program can use.
result<handle> duplicate_plain(const handle& h);
/// A pipe of which one end is for an ordinary program and the other for strait.
result<plain_pipe> make_standard_pipe(bool child_reads);

}  // namespace strait::detail
