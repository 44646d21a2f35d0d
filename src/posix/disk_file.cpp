// SPDX-License-Identifier: MIT
#include "../disk_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <string>

#include "file_calls.hpp"
#include "mode.hpp"
#include "posix.hpp"

namespace strait::detail {
namespace {

/// Makes the file; no handle if somebody else has just done so.
result<handle> make(const char* operation, const std::string& path, int flags, access who) {
  const int fd = ::open(path.c_str(), flags | O_CREAT | O_EXCL, 0600);
  if (fd == -1 && errno == EEXIST) return handle{};
  if (fd == -1) return fail(posix::last_error(operation, path));
  auto made = handle::adopt(fd);
  if (::fchmod(fd, posix::file_mode(who)) == -1) return fail(posix::last_error(operation, path));
  return made;
}

}  // namespace

result<handle> open_disk_file(const char* operation, std::string_view path,
                              const disk_file_wish& wish) {
  if (path.contains('\0')) return fail(condition::invalid_argument, operation, path);
  const std::string where{path};
  // Opening a FIFO does not wait then, and for plain files the flag means nothing.
  const int flags = (wish.write ? O_RDWR : O_RDONLY) | (wish.append ? O_APPEND : 0) | O_CLOEXEC |
                    O_NONBLOCK | O_NOCTTY;
  constexpr int attempts = 16;  // others may make it and take it away all the time
  for (int i = 0; i < attempts; ++i) {
    const auto found = posix::retry(operation, [&] { return ::open(where.c_str(), flags); });
    if (found) {
      auto file = handle::adopt(*found);
      STRAIT_CHECK(check_disk_file(operation, file.get(), path));
      return file;
    }
    if (found.error() != condition::no_such_file_or_directory || !wish.create) {
      return fail(posix::make_error(operation, found.error().native, path));
    }
    STRAIT_TRY(auto made, make(operation, where, flags, wish.who));
    if (made) return made;
  }
  return fail(condition::no_such_file_or_directory, operation, path,
              "a symbolic link leads nowhere");
}

result<> check_disk_file(const char* operation, native_handle file, std::string_view path) {
  struct stat facts{};
  if (::fstat(file, &facts) == -1) return fail(posix::last_error(operation, path));
  if (S_ISDIR(facts.st_mode)) return fail(condition::is_a_directory, operation, path);
  if (S_ISREG(facts.st_mode)) return {};
  return fail(condition::invalid_argument, operation, path, "it is no plain file");
}

result<bool> can_write(const char* operation, native_handle file) {
  STRAIT_TRY(const int flags, posix::retry(operation, [&] { return ::fcntl(file, F_GETFL); }));
  return (flags & O_ACCMODE) != O_RDONLY;
}

result<std::uint64_t> length_of(const char* operation, native_handle file) {
  struct stat facts{};
  if (::fstat(file, &facts) == -1) return fail(posix::last_error(operation));
  return static_cast<std::uint64_t>(facts.st_size);
}

result<> append_to(const char* operation, native_handle file, const_bytes from) {
  for (std::size_t done = 0; done < from.size();) {
    const auto rest = from.subspan(done);
    auto written = posix::retry(operation, [&] { return ::write(file, rest.data(), rest.size()); });
    if (!written) {
      written.error().done = done;
      return fail(written.error());
    }
    done += static_cast<std::size_t>(*written);
  }
  return {};
}

result<> cut_to(const char* operation, native_handle file, std::uint64_t size) {
  STRAIT_CHECK(
      posix::retry(operation, [&] { return ::ftruncate(file, static_cast<off_t>(size)); }));
  return {};
}

result<> flush(const char* operation, native_handle file, durability how) {
  STRAIT_CHECK(posix::retry(operation, [&] {
    return how == durability::full ? posix::sync_full(file) : posix::sync_ordered(file);
  }));
  return {};
}

}  // namespace strait::detail
