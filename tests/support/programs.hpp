// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <strait/process.hpp>

namespace support {

/// The path that UTF-8 names.
[[nodiscard]] std::filesystem::path path_of(std::string_view utf8);

/// This program under another name, with the ending that programs have here.
class program_copy {
 public:
  program_copy(const std::filesystem::path& directory, std::u8string_view name);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// Sets a variable of this process, and puts things back.
class variable_for_a_while {
 public:
  variable_for_a_while(std::string name, const std::string& value);
  variable_for_a_while(const variable_for_a_while&) = delete;
  variable_for_a_while& operator=(const variable_for_a_while&) = delete;
  ~variable_for_a_while();

 private:
  std::string name_;
  std::optional<std::string> before_;
};

/// Puts a directory before all others in PATH, and puts things back.
class path_for_a_while : variable_for_a_while {
 public:
  explicit path_for_a_while(const std::filesystem::path& first);
};

/// Goes to a directory, and back.
class directory_for_a_while {
 public:
  explicit directory_for_a_while(const std::filesystem::path& to)
      : before_{std::filesystem::current_path()} {
    std::filesystem::current_path(to);
  }
  directory_for_a_while(const directory_for_a_while&) = delete;
  directory_for_a_while& operator=(const directory_for_a_while&) = delete;
  ~directory_for_a_while() {
    std::error_code ignored;
    std::filesystem::current_path(before_, ignored);
  }

 private:
  std::filesystem::path before_;
};

/// The variables without which programs of this system may not start at all.
[[nodiscard]] std::vector<strait::variable> what_programs_need();

}  // namespace support
