// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>

#include "../file_pages.hpp"

namespace strait::posix {

int anonymous_memory() noexcept {
  return ::memfd_create("strait", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int keep_size(int fd, off_t size) noexcept {
  if (::ftruncate(fd, size) == -1) return errno;
  return ::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == -1 ? errno : 0;
}

int reserve_memory(int fd, off_t size) noexcept {
  return reserve(fd, 0, size);
}

bool keeps_its_size(int fd, const struct stat& /*facts*/) noexcept {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals != -1 && (seals & F_SEAL_SHRINK) != 0;
}

}  // namespace strait::posix
