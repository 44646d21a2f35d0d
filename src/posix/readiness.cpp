// SPDX-License-Identifier: MIT
#include <strait/detail/readiness.hpp>

#include "posix.hpp"

namespace strait::detail {

struct readiness::pending {
  int fd;
};

readiness::readiness() noexcept = default;
readiness::readiness(readiness&& other) noexcept = default;
readiness& readiness::operator=(readiness&& other) noexcept = default;
readiness::~readiness() = default;

result<native_handle> readiness::watch(native_handle end) {
  pending_ = std::make_unique<pending>(end);
  return end;
}

result<> readiness::wait(const deadline& until) {
  constexpr auto operation = "wait until readable";
  if (!pending_) return fail(condition::bad_file_descriptor, operation);
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  return posix::wait_ready(operation, pending_->fd, POLLIN, until);
}

void readiness::cancel() noexcept {
  pending_.reset();
}

}  // namespace strait::detail
