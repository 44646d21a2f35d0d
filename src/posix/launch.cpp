// SPDX-License-Identifier: MIT
#include "launch.hpp"

#include <fcntl.h>

#include "posix.hpp"

namespace strait::posix {

result<handle> lift(int fd, int first) {
  STRAIT_TRY(const int copy,
             retry("pass handles", [&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, first); }));
  return handle::adopt(copy);
}

result<std::vector<handle>> lift(const std::vector<int>& descriptors, int first) {
  std::vector<handle> lifted;
  for (const int fd : descriptors) {
    STRAIT_TRY(auto copy, lift(fd, first));
    lifted.push_back(std::move(copy));
  }
  return lifted;
}

}  // namespace strait::posix
