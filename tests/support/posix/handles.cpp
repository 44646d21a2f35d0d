// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <system_error>

#include <strait/throw.hpp>

#include "support/system.hpp"

namespace support {
namespace {

bool is_open(int fd) noexcept {
  return ::fcntl(fd, F_GETFD) != -1;
}

// No test opens more than this.
int most_descriptors() noexcept {
  return static_cast<int>(std::clamp(::sysconf(_SC_OPEN_MAX), 64L, 4096L));
}

}  // namespace

std::size_t count_open_handles() {
  std::size_t count = 0;
  for (int fd = 0; fd < most_descriptors(); ++fd) count += is_open(fd) ? 1U : 0U;
  return count;
}

bool allow_handles(std::size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, static_cast<rlim_t>(count));
  limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);  // which not everybody may raise
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

std::vector<std::uintptr_t> inherited_handles() {
  std::vector<std::uintptr_t> found;
  for (int fd = STDERR_FILENO + 1; fd < most_descriptors(); ++fd) {
    if (is_open(fd)) found.push_back(number_of(fd));
  }
  return found;
}

std::uintptr_t number_of(strait::native_handle h) noexcept {
  return static_cast<std::uintptr_t>(h);
}

bool is_inheritable(strait::native_handle h) {
  const int flags = ::fcntl(h, F_GETFD);
  if (flags == -1) throw std::system_error{errno, std::generic_category(), "F_GETFD"};
  return (flags & FD_CLOEXEC) == 0;
}

void make_inheritable(strait::native_handle h) {
  if (::fcntl(h, F_SETFD, 0) == -1) {
    throw std::system_error{errno, std::generic_category(), "F_SETFD"};
  }
}

strait::handle stale_handle() {
  return strait::handle::adopt(most_descriptors() - 1);
}

strait::handle open_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd == -1) throw std::system_error{errno, std::generic_category(), path};
  return strait::handle::adopt(fd);
}

std::string beginning_of(strait::native_handle file) {
  std::string text(100, '\0');
  const auto size = ::pread(file, text.data(), text.size(), 0);
  if (size == -1) throw std::system_error{errno, std::generic_category(), "pread"};
  text.resize(static_cast<std::size_t>(size));
  return text;
}

int c_descriptor(strait::handle h) {
  return h.release();
}

}  // namespace support
