// SPDX-License-Identifier: MIT
#include "../file_pages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>

namespace strait::posix {

int reserve(int fd, off_t from, off_t size) noexcept {
  fstore_t wish{};
  wish.fst_flags = F_ALLOCATEALL;
  wish.fst_posmode = F_PEOFPOSMODE;
  wish.fst_length = size;
  if (::fcntl(fd, F_PREALLOCATE, &wish) == -1) return errno;
  return ::ftruncate(fd, from + size) == -1 ? errno : 0;
}

// Not every file system has these two: fsync() is what they have.
int order_device(int fd) noexcept {
  return ::fcntl(fd, F_BARRIERFSYNC) == -1 ? ::fsync(fd) : 0;
}

void let_go_of(void* pages, std::size_t size) noexcept {
  static_cast<void>(::posix_madvise(pages, size, POSIX_MADV_DONTNEED));
}

int populate(void* /*pages*/, std::size_t /*size*/) noexcept {
  return ENOSYS;
}

}  // namespace strait::posix
