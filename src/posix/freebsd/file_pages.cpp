// SPDX-License-Identifier: MIT
#include "../file_pages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>

namespace strait::posix {

int reserve(int fd, off_t from, off_t size) noexcept {
  const int code = ::posix_fallocate(fd, from, size);
  return code == EINVAL || code == ENODEV ? ENOTSUP : code;  // ZFS says the first
}

int order_device(int /*fd*/) noexcept {
  return 0;  // msync() has waited
}

void let_go_of(void* pages, std::size_t size) noexcept {
  static_cast<void>(::posix_madvise(pages, size, POSIX_MADV_DONTNEED));
}

int populate(void* /*pages*/, std::size_t /*size*/) noexcept {
  return ENOSYS;
}

}  // namespace strait::posix
