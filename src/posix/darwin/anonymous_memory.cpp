// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>

#include "../compat.hpp"
#include "../file_pages.hpp"

namespace strait::posix {

int anonymous_memory() noexcept {
  char name[] = "/strait.0123456789abcdef";
  constexpr std::size_t digits = 8;  // where they begin
  constexpr char digit[] = "0123456789abcdef";
  auto bits = random_bits();
  for (std::size_t i = digits; i < sizeof name - 1; ++i) {
    name[i] = digit[bits & 15U];
    bits >>= 4U;
  }
  const int fd = ::shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);  // close-on-exec by itself
  if (fd != -1) ::shm_unlink(name);
  return fd;
}

int keep_size(int fd, off_t size) noexcept {
  return ::ftruncate(fd, size) == -1 ? errno : 0;  // which works only once
}

int reserve_memory(int /*fd*/, off_t /*size*/) noexcept {
  return 0;  // memory comes when it is touched, not before
}

bool keeps_its_size(int /*fd*/, const struct stat& facts) noexcept {
  // What shm_open() makes says that it is of no kind at all.
  return (facts.st_mode & S_IFMT) == 0;
}

}  // namespace strait::posix
