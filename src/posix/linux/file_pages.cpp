// SPDX-License-Identifier: MIT
#include "../file_pages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>

namespace strait::posix {
namespace {

// By number: not every libc knows them.
constexpr int advice_pageout = 21;        // MADV_PAGEOUT, since Linux 5.4
constexpr int advice_populate_read = 22;  // MADV_POPULATE_READ, since Linux 5.14

}  // namespace

int reserve(int fd, off_t from, off_t size) noexcept {
  // Not posix_fallocate: where the kernel cannot, glibc writes into what others may have by then.
  if (::fallocate(fd, 0, from, size) == 0) return 0;
  return errno == ENOSYS ? ENOTSUP : errno;
}

int order_device(int /*fd*/) noexcept {
  return 0;  // msync() has waited
}

void let_go_of(void* pages, std::size_t size) noexcept {
  // Not MADV_DONTNEED: it drops what was written to private pages.
  static_cast<void>(::madvise(pages, size, advice_pageout));
}

int populate(void* pages, std::size_t size) noexcept {
  int code = EINTR;
  while (code == EINTR) code = ::madvise(pages, size, advice_populate_read) == -1 ? errno : 0;
  return code;
}

}  // namespace strait::posix
