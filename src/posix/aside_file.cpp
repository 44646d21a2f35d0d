// SPDX-License-Identifier: MIT
#include "../aside_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>
#include <memory>

#include "../aside_name.hpp"
#include "../disk_file.hpp"
#include "../fail_point.hpp"
#include "compat.hpp"
#include "file_calls.hpp"
#include "mode.hpp"
#include "posix.hpp"

namespace strait::detail {

struct aside_file::system {
  handle file;
  std::string aside;
  std::string target;
  durability how = durability::ordered;

  system() noexcept = default;
  system(const system&) = delete;
  system& operator=(const system&) = delete;
  ~system() {
    if (!aside.empty()) ::unlink(aside.c_str());
  }
};

namespace {

using posix::last_error;

/// The directory, with the separator at its end, or nothing; and the name in it.
struct split_path {
  std::string directory;
  std::string name;

  explicit split_path(const std::string& path)
      : directory{path.substr(0, path.rfind('/') + 1)}, name{path.substr(path.rfind('/') + 1)} {}

  [[nodiscard]] std::string to_open() const { return directory.empty() ? "." : directory; }
};

bool lock(int fd, posix::lock_kind kind = posix::lock_kind::exclusive) noexcept {
  return posix::lock_part(fd, kind, 0, 0, false) != -1;
}

bool stands_at(int fd, const std::string& path) noexcept {
  struct stat opened{};
  struct stat found{};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &found) == 0 &&
         opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
}

/// Only who has the lock of the file at this name may take it away. Those who make one lock it at
/// once, and make another if this comes between.
void remove_if_dead(const std::string& path) noexcept {
  const auto found = handle::adopt(
      ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (found && check_disk_file("sweep", found.get(), path) && lock(found.get()) &&
      stands_at(found.get(), path)) {
    ::unlink(path.c_str());
  }
}

/// Who may use the file at `target` now, as far as this user can give it to the new one.
result<> copy_rights(const char* operation, int fd, const struct stat& old) {
  auto mode = old.st_mode & 0777U;
  struct stat made{};
  if (::fstat(fd, &made) == -1) return fail(last_error(operation));
  if (made.st_gid != old.st_gid && ::fchown(fd, static_cast<uid_t>(-1), old.st_gid) == -1) {
    mode &= 0707U;  // they would be for another group
  }
  if (::fchmod(fd, static_cast<mode_t>(mode)) == -1) return fail(last_error(operation));
  return {};
}

result<> set_rights(const char* operation, int fd, const std::string& target,
                    std::optional<access> who) {
  struct stat old{};
  if (!who && ::stat(target.c_str(), &old) == 0) return copy_rights(operation, fd, old);
  const auto mode = posix::file_mode(who.value_or(access::owner));
  if (::fchmod(fd, mode) == -1) return fail(last_error(operation, target));
  return {};
}

result<> flush_directory(const char* operation, const std::string& path) {
  const auto directory = handle::adopt(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail(last_error(operation));
  return flush(operation, directory.get(), durability::full);
}

}  // namespace

aside_file::aside_file(std::unique_ptr<system> s) noexcept : system_{std::move(s)} {}
aside_file::aside_file(aside_file&& other) noexcept = default;
aside_file::~aside_file() = default;

result<std::string> aside_file::target_of(const char* operation, std::string_view path) {
  if (path.contains('\0')) return fail(condition::invalid_argument, operation, path);
  std::string given{path};
  struct stat facts{};
  if (::lstat(given.c_str(), &facts) == -1) {
    if (errno == ENOENT && !path.empty() && path.back() != '/') return given;
    return fail(last_error(operation, path));
  }
  const std::unique_ptr<char, decltype(&::free)> real{::realpath(given.c_str(), nullptr), ::free};
  if (real == nullptr || ::stat(real.get(), &facts) == -1) {
    return fail(last_error(operation, path));
  }
  if (S_ISDIR(facts.st_mode)) return fail(condition::is_a_directory, operation, path);
  if (!S_ISREG(facts.st_mode)) {
    return fail(condition::invalid_argument, operation, path, "it is no plain file");
  }
  // Renaming asks only for the directory's permission, but it is the file that is written to.
  if (::faccessat(AT_FDCWD, real.get(), W_OK, AT_EACCESS) == -1) {
    return fail(last_error(operation, path));
  }
  return std::string{real.get()};
}

void aside_file::sweep(const std::string& target) noexcept {
  const split_path where{target};
  const auto prefix = aside_prefix(where.name);
  DIR* const all = ::opendir(where.to_open().c_str());
  if (all == nullptr) return;
  while (const dirent* const entry = ::readdir(all)) {
    if (is_aside_name(entry->d_name, prefix)) remove_if_dead(where.directory + entry->d_name);
  }
  ::closedir(all);
}

result<aside_file> aside_file::make(const char* operation, const std::string& target,
                                    std::optional<access> who, durability how) {
  const split_path where{target};
  constexpr int attempts = 16;
  for (int i = 0; i < attempts; ++i) {
    auto made = std::make_unique<system>();
    const auto path = where.directory + aside_name(where.name, posix::random_bits());
    const int fd = ::open(path.c_str(),
                          O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_APPEND, 0600);
    if (fd == -1) return fail(last_error(operation, target));
    made->file = handle::adopt(fd);
    made->aside = path;
    made->target = target;
    made->how = how;
    fail_point("aside: made");
    // Between these two somebody may have taken it for forgotten.
    if (!lock(fd) || !stands_at(fd, path)) continue;
    STRAIT_CHECK(set_rights(operation, fd, target, who));
    return aside_file{std::move(made)};
  }
  return fail(condition::resource_unavailable_try_again, operation, target);
}

result<> aside_file::write(const char* operation, const_bytes content) {
  return append_to(operation, system_->file.get(), content);
}

result<> aside_file::flush(const char* operation) {
  return detail::flush(operation, system_->file.get(), system_->how);
}

result<bool> aside_file::take_place(const char* operation) {
  STRAIT_CHECK(posix::retry(
      operation, [&] { return ::rename(system_->aside.c_str(), system_->target.c_str()); }));
  system_->aside.clear();
  // For all copies of it, too, which a fork in another thread may have made.
  lock(system_->file.get(), posix::lock_kind::none);
  if (system_->how == durability::full) {
    STRAIT_CHECK(flush_directory(operation, split_path{system_->target}.to_open()));
  }
  return true;
}

}  // namespace strait::detail
