// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <cerrno>

#include "../file_pages.hpp"

namespace strait::posix {

int anonymous_memory() noexcept {
  return ::memfd_create("strait", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int fill_memory(int fd, off_t size) noexcept {
  if (const int code = reserve(fd, 0, size); code != 0) return code;
  return ::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1 ? errno : 0;
}

bool keeps_its_size(int fd, const struct stat& /*facts*/) noexcept {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals != -1 && (seals & F_SEAL_SHRINK) != 0;
}

}  // namespace strait::posix
