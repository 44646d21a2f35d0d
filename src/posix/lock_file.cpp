// SPDX-License-Identifier: MIT
#include "../lock_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>

#include <fmt/format.h>

#include "../fail_point.hpp"
#include "../lock_text.hpp"
#include "../process_identity.hpp"
#include "compat.hpp"
#include "file_calls.hpp"
#include "held_lock.hpp"
#include "mode.hpp"
#include "posix.hpp"

namespace strait::detail {

struct lock_file::held {
  posix::held_lock lock;
  std::string path;

  explicit held(std::string p) noexcept : path{std::move(p)} {}
  held(const held&) = delete;
  held& operator=(const held&) = delete;
  ~held() { static_cast<void>(release()); }

  result<> release() noexcept;
};

namespace {

using posix::last_error;

constexpr std::size_t most_text = 512;

/// Whether `fd` is the file that stands at `path` now.
bool stands_at(int fd, const std::string& path) noexcept {
  struct stat opened{};
  struct stat found{};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &found) == 0 &&
         opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
}

/// Opens a lock file that may be there; no handle if it is not.
result<handle> open_existing(const char* operation, const place& where, int mode) {
  const int fd = ::open(where.path.c_str(), mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd == -1 && errno == ENOENT) return handle{};
  if (fd == -1) return fail(last_error(operation, where.name));
  auto opened = handle::adopt(fd);
  struct stat facts{};
  if (::fstat(fd, &facts) == -1) return fail(last_error(operation, where.name));
  if (!S_ISREG(facts.st_mode)) {
    return fail(condition::file_exists, operation, where.name, "its lock file is no plain file");
  }
  return opened;
}

std::optional<lock_text> text_of(int fd) {
  std::array<char, most_text> buffer;
  const auto size = ::pread(fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) return std::nullopt;
  return read_lock_text({buffer.data(), static_cast<std::size_t>(size)});
}

/// Says no, because a living process holds the file.
std::unexpected<error> refuse(const char* operation, const place& where, int fd) {
  const auto text = text_of(fd);
  if (text && text->name != where.name) {
    return fail(condition::name_collision, operation, where.name);
  }
  return fail(condition::resource_unavailable_try_again, operation, where.name);
}

/// Takes away what a dead process left at `where`.
result<> clear_way(const char* operation, const place& where) {
  STRAIT_TRY(const auto found, open_existing(operation, where, O_RDWR));
  if (!found) return {};
  if (posix::try_lock(found.get()) == -1) return refuse(operation, where, found.get());
  // Only who has the lock of the file at this name may take it away, so it is still that one.
  if (stands_at(found.get(), where.path) && ::unlink(where.path.c_str()) == -1) {
    return fail(last_error(operation, where.name));
  }
  return {};
}

/// Takes away what processes left that were killed while they made a file aside.
void sweep(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto directory = path.substr(0, slash + 1);
  const auto prefix = path.substr(slash + 1) + "~";
  DIR* const all = ::opendir(directory.c_str());
  if (all == nullptr) return;
  while (const dirent* const entry = ::readdir(all)) {
    if (!std::string_view{entry->d_name}.starts_with(prefix)) continue;
    const place aside{.path = directory + entry->d_name, .name = {}};
    static_cast<void>(clear_way("sweep", aside));
  }
  ::closedir(all);
}

result<> fill(const char* operation, int fd, const place& where, access who) {
  STRAIT_TRY(const auto us, this_process());
  const auto text = write({.holder = us, .name = where.name});
  const auto size = static_cast<ssize_t>(text.size());
  if (::fchmod(fd, posix::file_mode(who) | posix::keep_bit) == -1 ||
      ::pwrite(fd, text.data(), text.size(), 0) != size || posix::try_lock(fd) == -1) {
    return fail(last_error(operation, where.name));
  }
  return {};
}

/// Makes the file at `aside`, whole and locked.
result<handle> make_aside(const char* operation, const std::string& aside, const place& where,
                          access who) {
  const int fd = ::open(aside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd == -1) return fail(last_error(operation, where.name));
  auto made = handle::adopt(fd);
  fail_point("lock file: made aside");
  if (const auto filled = fill(operation, fd, where, who); !filled) {
    ::unlink(aside.c_str());
    return fail(filled.error());
  }
  return made;
}

}  // namespace

lock_file::lock_file() noexcept = default;
lock_file::lock_file(lock_file&& other) noexcept = default;
lock_file& lock_file::operator=(lock_file&& other) noexcept = default;
lock_file::~lock_file() = default;
lock_file::lock_file(std::unique_ptr<held> h) noexcept : held_{std::move(h)} {}

result<lock_file> lock_file::claim(const char* operation, const place& where, access who) {
  auto made = std::make_unique<held>(where.path);
  const auto no_fork = posix::hold_forks();
  for (;;) {
    STRAIT_CHECK(clear_way(operation, where));
    const auto aside = fmt::format("{}~{:016x}", where.path, posix::random_bits());
    STRAIT_TRY(auto file, make_aside(operation, aside, where, who));
    fail_point("lock file: before its name");
    const int linked = ::link(aside.c_str(), where.path.c_str());
    const int why = errno;
    fail_point("lock file: after its name");
    ::unlink(aside.c_str());
    if (linked == 0) {
      made->lock.fd = file.release();
      posix::remember(made->lock);
      sweep(where.path);
      return lock_file{std::move(made)};
    }
    // Another was faster, or took our file for forgotten before it was locked.
    if (why != EEXIST && why != ENOENT) return fail(posix::make_error(operation, why, where.name));
  }
}

result<std::optional<process_identity>> lock_file::holder(const char* operation,
                                                          const place& where) {
  STRAIT_TRY(const auto found, open_existing(operation, where, O_RDONLY));
  if (!found) return std::nullopt;
  const int lock = posix::lock_on(found.get());
  if (lock == -1) return fail(last_error(operation, where.name));
  if (lock == F_UNLCK) return std::nullopt;
  const auto text = text_of(found.get());
  if (!text) return fail(condition::corrupted, operation, where.name);
  if (text->name != where.name) return fail(condition::name_collision, operation, where.name);
  return text->holder;
}

void lock_file::clear(const char* operation, const place& where) noexcept {
  const auto no_fork = posix::hold_forks();
  static_cast<void>(clear_way(operation, where));
}

bool lock_file::is_held() const noexcept {
  return held_ && held_->lock.fd != -1;
}

result<> lock_file::release() noexcept {
  if (!held_) return {};
  return std::exchange(held_, {})->release();
}

result<> lock_file::held::release() noexcept {
  const auto no_fork = posix::hold_forks();
  if (lock.fd == -1) return {};
  posix::forget(lock);
  const auto closing = handle::adopt(std::exchange(lock.fd, -1));
  if (stands_at(closing.get(), path) && ::unlink(path.c_str()) == -1) {
    return fail(last_error("release lock file", path));
  }
  return {};
}

}  // namespace strait::detail
