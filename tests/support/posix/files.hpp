// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>
#include <cerrno>
#include <filesystem>
#include <system_error>

// What may be done with files, in numbers like 0600U.
namespace support {

[[nodiscard]] inline unsigned permissions_of(const std::filesystem::path& path) {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) == -1) {
    throw std::system_error{errno, std::generic_category(), path.string()};
  }
  return facts.st_mode & 0777U;
}

class umask_for_a_while {
 public:
  explicit umask_for_a_while(unsigned mask) noexcept
      : before_{::umask(static_cast<mode_t>(mask))} {}
  umask_for_a_while(const umask_for_a_while&) = delete;
  umask_for_a_while& operator=(const umask_for_a_while&) = delete;
  ~umask_for_a_while() { ::umask(before_); }

 private:
  mode_t before_;
};

}  // namespace support
