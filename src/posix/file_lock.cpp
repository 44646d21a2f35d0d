// SPDX-License-Identifier: MIT
#include "../locked_file.hpp"

#include <unistd.h>
#include <utility>

#include "../disk_file.hpp"
#include "file_calls.hpp"
#include "held_lock.hpp"
#include "posix.hpp"

namespace strait::detail {

static_assert(sizeof(off_t) == sizeof(std::uint64_t), "files may be long");

struct locked_file::system {
  posix::held_lock lock;

  system() noexcept = default;
  system(const system&) = delete;
  system& operator=(const system&) = delete;
  ~system() {
    const auto no_fork = posix::hold_forks();
    posix::forget(lock);
    if (lock.fd != no_handle) ::close(lock.fd);
  }

  /// To be called under hold_forks.
  void keep(handle file) noexcept {
    lock.fd = file.release();
    posix::remember(lock);
  }
};

namespace {

/// Some bytes as fcntl takes them, for which no size is all that follow.
struct part {
  off_t offset;
  off_t size;

  explicit part(const file_range& which) noexcept
      : offset{static_cast<off_t>(which.offset)},
        size{which.size == lock_span::to_end ? 0 : static_cast<off_t>(which.size)} {}

  [[nodiscard]] bool is_whole() const noexcept { return offset == 0 && size == 0; }
};

}  // namespace

locked_file::locked_file() noexcept = default;
locked_file::~locked_file() = default;

result<> locked_file::open(const char* operation, std::string_view path,
                           const file_lock_options& wish, bool append) {
  auto made = std::make_unique<system>();
  const auto no_fork = posix::hold_forks();
  const disk_file_wish how{
      .write = !wish.read_only, .append = append, .create = wish.create, .who = wish.who};
  STRAIT_TRY(auto file, open_disk_file(operation, path, how));
  made->keep(std::move(file));
  system_ = std::move(made);
  return {};
}

result<> locked_file::adopt(const char* /*operation*/, handle file,
                            const file_lock_options& /*wish*/) {
  system_ = std::make_unique<system>();
  const auto no_fork = posix::hold_forks();
  system_->keep(std::move(file));
  return {};
}

native_handle locked_file::get() const noexcept {
  return system_ ? system_->lock.fd : no_handle;
}

result<bool> locked_file::take(const char* operation, const lock_span& what,
                               bool wait) const noexcept {
  const part bytes{what.which};
  if (!posix::has_range_locks && !bytes.is_whole()) {
    return fail(condition::not_supported, operation, {}, "this system locks whole files only");
  }
  const auto kind = what.exclusive ? posix::lock_kind::exclusive : posix::lock_kind::shared;
  const auto done = posix::retry(
      operation, [&] { return posix::lock_part(get(), kind, bytes.offset, bytes.size, wait); });
  if (done) return true;
  if (done.error().native == EAGAIN || done.error().native == EACCES) return false;
  return fail(done.error());
}

result<> locked_file::give_back(const char* operation, const file_range& which) const noexcept {
  const part bytes{which};
  STRAIT_CHECK(posix::retry(operation, [&] {
    return posix::lock_part(get(), posix::lock_kind::none, bytes.offset, bytes.size, false);
  }));
  return {};
}

}  // namespace strait::detail
