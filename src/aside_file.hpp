// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/durability.hpp>
#include <strait/error.hpp>

namespace strait::detail {

/// A file that is made beside the place where it shall stand, under a name that nobody guesses, and
/// gets its name when it is whole. It is locked for as long as its maker lives; without its maker
/// it is swept away. Twins.
class aside_file {
 public:
  /// What this name leads to, if it is a symbolic link; else the path itself.
  ///
  /// Fails with is_a_directory, invalid_argument, permission_denied if what is there cannot be
  /// replaced; no_such_file_or_directory if a link leads nowhere.
  static result<std::string> target_of(const char* operation, std::string_view path);

  /// Takes away what those left who were killed while they made a file for `target`.
  static void sweep(const std::string& target) noexcept;

  /// With the rights of `who`, else of the file at `target`, else for the owner. With durability
  /// `how` for what becomes of it.
  static result<aside_file> make(const char* operation, const std::string& target,
                                 std::optional<access> who, durability how);

  aside_file(aside_file&& other) noexcept;
  aside_file& operator=(aside_file&&) = delete;
  ~aside_file();  ///< Takes it away, unless it got its name.

  result<> write(const char* operation, const_bytes content);
  /// Sees that its content is on the disk before its name is.
  result<> flush(const char* operation);

  /// Gives it its name, of which whoever has it loses it; false if somebody hinders that who has
  /// the old file open. With durability::full it keeps its name when the power is lost.
  result<bool> take_place(const char* operation);

 private:
  struct system;
  explicit aside_file(std::unique_ptr<system> s) noexcept;
  std::unique_ptr<system> system_;
};

}  // namespace strait::detail
