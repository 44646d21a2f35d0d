// SPDX-License-Identifier: MIT
#include "../shared_object.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include "../posix.hpp"

namespace strait::posix {

bool has_object_locks() noexcept {
  return false;
}

std::size_t longest_object_name() noexcept {
  return 255;
}

std::vector<std::string> objects_called(std::string_view /*prefix*/) {
  return {};  // the files beside them are listed
}

result<handle> open_read_only(const char* operation, int /*object*/, const std::string& name) {
  if (name.empty()) return fail(condition::not_supported, operation);
  const int fd = ::shm_open(name.c_str(), O_RDONLY | O_CLOEXEC, 0);
  if (fd == -1) return fail(last_error(operation, name));
  return handle::adopt(fd);
}

bool ask_for_huge_pages(std::span<std::byte> /*memory*/) noexcept {
  return false;  // the system decides alone
}

}  // namespace strait::posix
