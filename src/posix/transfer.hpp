// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include <strait/bytes.hpp>

#include "posix.hpp"

// What every call that moves bytes needs, whatever it moves them through.
namespace strait::posix {

inline iovec as_part(const_bytes piece) noexcept {
  return {.iov_base = const_cast<std::byte*>(piece.data()), .iov_len = piece.size()};
}

/// The pieces of one call, as the system wants them. More than fit are left for the next call.
class parts {
 public:
  template <class Byte>
  explicit parts(std::span<const std::span<Byte>> list) noexcept {
    for (const auto& piece : list) {
      if (piece.empty()) continue;
      if (count_ == entries_.size()) break;
      total_ += piece.size();
      entries_[count_++] = as_part(piece);
    }
  }

  [[nodiscard]] const iovec* data() const noexcept { return entries_.data(); }
  [[nodiscard]] int count() const noexcept { return static_cast<int>(count_); }
  [[nodiscard]] std::size_t total() const noexcept { return total_; }

  /// At most the first `most` bytes.
  [[nodiscard]] parts first(std::size_t most) const noexcept {
    auto cut = *this;
    for (auto& entry : std::span{cut.entries_}.first(count_)) {
      entry.iov_len = std::min(entry.iov_len, most);
      most -= entry.iov_len;
    }
    return cut;
  }

 private:
  std::array<iovec, 16> entries_;  // _XOPEN_IOV_MAX: what every system takes
  std::size_t count_ = 0;
  std::size_t total_ = 0;
};

/// Calls until something moved, waiting in between if the call would have to.
template <class Call>
result<std::size_t> transfer(const char* operation, int fd, short events, const deadline& until,
                             Call call) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  for (;;) {
    const ssize_t moved = call();
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(last_error(operation));
    // Here, for a system may call ready again and again what is not ready for this call.
    if (until.has_passed()) return fail(condition::timed_out, operation);
    const auto waited = wait_ready(operation, fd, events, until);
    // And it may call ready only what has much room: whether there is a little, a last try tells.
    if (!waited && waited.error() != condition::timed_out) return fail(waited.error());
  }
}

}  // namespace strait::posix
