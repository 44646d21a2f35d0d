// SPDX-License-Identifier: MIT
#include "../shared_object.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <array>

#include <fmt/format.h>

#include "../posix.hpp"

namespace strait::posix {
namespace {

/// Whether shared memory may have huge pages: the kernel takes the advice even if it never does.
bool may_be_huge() noexcept {
  const int fd = ::open("/sys/kernel/mm/transparent_hugepage/shmem_enabled", O_RDONLY | O_CLOEXEC);
  if (fd == -1) return false;
  std::array<char, 100> text{};
  const auto size = ::read(fd, text.data(), text.size());
  ::close(fd);
  const std::string_view chosen{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  return !chosen.empty() && !chosen.contains("[never]") && !chosen.contains("[deny]");
}

}  // namespace

bool has_object_locks() noexcept {
  return true;
}

std::size_t longest_object_name() noexcept {
  return 255;
}

std::vector<std::string> objects_called(std::string_view prefix) {
  std::vector<std::string> found;
  DIR* const all = ::opendir("/dev/shm");
  if (all == nullptr) return found;
  while (const dirent* const entry = ::readdir(all)) {
    const std::string_view name{entry->d_name};
    if (prefix.starts_with('/') && name.starts_with(prefix.substr(1))) {
      found.push_back("/" + std::string{name});
    }
  }
  ::closedir(all);
  return found;
}

result<handle> open_read_only(const char* operation, int object, const std::string& /*name*/) {
  const auto path = fmt::format("/proc/self/fd/{}", object);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd == -1) return fail(last_error(operation));
  return handle::adopt(fd);
}

bool ask_for_huge_pages(std::span<std::byte> memory) noexcept {
  return ::madvise(memory.data(), memory.size(), MADV_HUGEPAGE) == 0 && may_be_huge();
}

}  // namespace strait::posix
