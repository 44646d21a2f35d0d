// SPDX-License-Identifier: MIT
#include "../locked_file.hpp"

#include <utility>

#include "../disk_file.hpp"
#include "disk_call.hpp"

namespace strait::detail {

struct locked_file::system {
  handle file;
  /// Where the bytes begin that stand for those of the file: 0 if they are those.
  std::uint64_t begin = 0;
};

namespace {

using win32::disk_call;

/// What LockFileEx is told of some bytes.
struct part {
  std::uint64_t offset;
  std::uint64_t size;

  part(const file_range& which, std::uint64_t begin) noexcept : offset{begin + which.offset} {
    // To the end: with those that stand for others, which are the last below 2^63.
    const auto end = lock_span::most + lock_span::most;
    size = which.size == lock_span::to_end ? end - offset : which.size;
  }

  [[nodiscard]] DWORD low() const noexcept { return static_cast<DWORD>(size); }
  [[nodiscard]] DWORD high() const noexcept { return static_cast<DWORD>(size >> 32U); }
};

}  // namespace

locked_file::locked_file() noexcept = default;
locked_file::~locked_file() = default;

result<> locked_file::open(const char* operation, std::string_view path,
                           const file_lock_options& wish, bool append) {
  const disk_file_wish how{
      .write = !wish.read_only, .append = append, .create = wish.create, .who = wish.who};
  STRAIT_TRY(auto file, open_disk_file(operation, path, how));
  return adopt(operation, std::move(file), wish);
}

result<> locked_file::adopt(const char* /*operation*/, handle file, const file_lock_options& wish) {
  system_ = std::make_unique<system>();
  system_->file = std::move(file);
  system_->begin = wish.foreign ? 0 : lock_span::most;
  return {};
}

native_handle locked_file::get() const noexcept {
  return system_ ? system_->file.get() : no_handle;
}

result<bool> locked_file::take(const char* operation, const lock_span& what,
                               bool /*wait*/) const noexcept {
  const part bytes{what.which, system_->begin};
  const DWORD how = LOCKFILE_FAIL_IMMEDIATELY | (what.exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0U);
  const auto done = disk_call(operation, get(), bytes.offset, [&](OVERLAPPED* io) {
    return ::LockFileEx(get(), how, 0, bytes.low(), bytes.high(), io);
  });
  if (done) return true;
  if (done.error().native == ERROR_LOCK_VIOLATION) return false;
  return fail(done.error());
}

result<> locked_file::give_back(const char* operation, const file_range& which) const noexcept {
  const part bytes{which, system_->begin};
  STRAIT_CHECK(disk_call(operation, get(), bytes.offset, [&](OVERLAPPED* io) {
    return ::UnlockFileEx(get(), 0, bytes.low(), bytes.high(), io);
  }));
  return {};
}

}  // namespace strait::detail
