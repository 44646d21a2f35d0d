// SPDX-License-Identifier: MIT
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdint>
#include <limits>

#include "../mapping.hpp"
#include "file_pages.hpp"
#include "posix.hpp"

namespace strait::detail {

using posix::last_error;
using posix::make_error;

result<handle> make_memory(const char* operation, std::size_t size) {
  const int fd = posix::anonymous_memory();
  if (fd == -1) return fail(last_error(operation));
  auto made = handle::adopt(fd);
  const auto length = static_cast<off_t>(size);
  int code = posix::keep_size(fd, length);
  if (code == 0) code = EINTR;
  while (code == EINTR) code = posix::reserve_memory(fd, length);
  if (code != 0) return fail(make_error(operation, code));
  return made;
}

result<std::size_t> size_of_memory(const char* operation, native_handle memory) {
  struct stat facts{};
  if (::fstat(memory, &facts) == -1) return fail(last_error(operation));
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  const bool is_whole = size > 0 && size % map_granularity() == 0;
  if (!is_whole || !posix::keeps_its_size(memory, facts)) {
    return fail(condition::invalid_argument, operation, {}, "it is no mirrored memory");
  }
  constexpr std::uint64_t most = std::numeric_limits<std::ptrdiff_t>::max();
  if (size > most / 2) return fail(condition::not_enough_memory, operation);
  return static_cast<std::size_t>(size);
}

result<std::byte*> map_twice(const char* operation, native_handle memory, std::size_t size) {
  void* const place = ::mmap(nullptr, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (place == MAP_FAILED) return fail(last_error(operation));
  auto* const begin = static_cast<std::byte*>(place);
  for (auto* const half : {begin, begin + size}) {
    // The place is ours, so nothing else is replaced.
    if (::mmap(half, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) ==
        MAP_FAILED) {
      const auto why = last_error(operation);
      ::munmap(begin, 2 * size);
      return fail(why);
    }
  }
  return begin;
}

result<> unmap_twice(const char* operation, std::byte* data, std::size_t size) noexcept {
  if (::munmap(data, 2 * size) == -1) return fail(last_error(operation));
  return {};
}

}  // namespace strait::detail
