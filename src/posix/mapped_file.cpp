// SPDX-License-Identifier: MIT
#include "../mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "file_calls.hpp"
#include "file_pages.hpp"
#include "mode.hpp"
#include "posix.hpp"

namespace strait::detail {
namespace {

using posix::last_error;
using posix::make_error;
using posix::retry;

/// The pages in which `part` is: what the system's calls take.
struct pages {
  void* begin;
  std::size_t size;

  explicit pages(const_bytes part) noexcept {
    const auto before = reinterpret_cast<std::uintptr_t>(part.data()) % map_granularity();
    // Their parameters are no pointers to const, but they change nothing.
    begin = const_cast<std::byte*>(part.data()) - before;
    size = part.size() + before;
  }
};

result<> check_kind(const char* operation, const struct stat& facts) {
  if (S_ISREG(facts.st_mode)) return {};
  if (S_ISDIR(facts.st_mode)) return fail(make_error(operation, EISDIR));
  return fail(condition::invalid_argument, operation, {}, "only plain files can be mapped");
}

/// The caller has looked: no file is as long as to make this negative.
off_t as_offset(std::uint64_t offset) noexcept {
  static_assert(sizeof(off_t) == sizeof(std::uint64_t), "files may be long");
  return static_cast<off_t>(offset);
}

}  // namespace

std::size_t map_granularity() noexcept {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return page;
}

result<handle> open_plain_file(const char* operation, std::string_view path, bool writes) {
  const std::string where{path};
  // Asked first: to open a device does something, and a FIFO's writer would meet a reader.
  struct stat facts{};
  if (::stat(where.c_str(), &facts) == -1) return fail(last_error(operation, path));
  if (auto kind = check_kind(operation, facts); !kind) {
    kind.error().subject = path;
    return fail(kind.error());
  }
  const int mode = writes ? O_RDWR : O_RDONLY;
  const int fd = ::open(where.c_str(), mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd == -1) return fail(last_error(operation, path));
  return handle::adopt(fd);
}

result<handle> make_plain_file(const char* operation, std::string_view path, access who) {
  const std::string where{path};
  const int fd = ::open(where.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd == -1) return fail(last_error(operation, path));
  auto made = handle::adopt(fd);
  if (::fchmod(fd, posix::file_mode(who)) == -1) {  // which no umask changes
    const auto why = last_error(operation, path);
    ::unlink(where.c_str());
    return fail(why);
  }
  return made;
}

void remove_plain_file(std::string_view path, native_handle file) noexcept {
  const std::string where{path};
  struct stat opened{};
  struct stat found{};
  const bool is_ours = ::fstat(file, &opened) == 0 && ::lstat(where.c_str(), &found) == 0 &&
                       opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
  if (is_ours) ::unlink(where.c_str());
}

result<std::uint64_t> size_of_plain_file(const char* operation, native_handle file) {
  struct stat facts{};
  if (::fstat(file, &facts) == -1) return fail(last_error(operation));
  STRAIT_CHECK(check_kind(operation, facts));
  return static_cast<std::uint64_t>(facts.st_size);
}

result<> check_rights(const char* operation, native_handle file, bool writes) {
  STRAIT_TRY(const int flags, retry(operation, [&] { return ::fcntl(file, F_GETFL); }));
  const int mode = flags & O_ACCMODE;
  if (mode == O_RDWR || (mode == O_RDONLY && !writes)) return {};
  return fail(make_error(operation, EACCES));
}

result<> lengthen_file(const char* operation, native_handle file, std::uint64_t from,
                       std::uint64_t to, bool sparse) {
  if (sparse) {
    STRAIT_CHECK(retry(operation, [&] { return ::ftruncate(file, as_offset(to)); }));
    return {};
  }
  int code = EINTR;
  while (code == EINTR) code = posix::reserve(file, as_offset(from), as_offset(to - from));
  if (code == 0) return {};
  auto why = make_error(operation, code);
  if (code == ENOTSUP) why.hint = "no space can be reserved there: a sparse file does without";
  return fail(why);
}

result<> shorten_file(const char* operation, native_handle file, std::uint64_t to) {
  STRAIT_CHECK(retry(operation, [&] { return ::ftruncate(file, as_offset(to)); }));
  return {};
}

result<std::byte*> map_view(const char* operation, native_handle file, map_mode mode,
                            std::uint64_t offset, std::size_t size) {
  const int protection = mode == map_mode::read_only ? PROT_READ : PROT_READ | PROT_WRITE;
  const int kind = mode == map_mode::copy_on_write ? MAP_PRIVATE : MAP_SHARED;
  const auto before = static_cast<std::size_t>(offset % map_granularity());
  void* const begin = ::mmap(nullptr, before + size, protection, kind, file,
                             as_offset(offset - before));
  if (begin == MAP_FAILED) return fail(last_error(operation));
  return static_cast<std::byte*>(begin) + before;
}

result<> unmap_view(const char* operation, std::byte* data, std::size_t size) noexcept {
  const pages all{{data, size}};
  if (::munmap(all.begin, all.size) == -1) return fail(last_error(operation));
  return {};
}

result<> flush_view(const char* operation, native_handle file, const_bytes part, durability how) {
  if (!part.empty()) {
    const pages all{part};
    STRAIT_CHECK(retry(operation, [&] { return ::msync(all.begin, all.size, MS_SYNC); }));
  }
  const bool is_full = how == durability::full;
  STRAIT_CHECK(retry(operation,
                     [&] { return is_full ? posix::sync_full(file) : posix::order_device(file); }));
  return {};
}

void advise_view(const_bytes part, advice what) noexcept {
  const pages all{part};
  switch (what) {
    case advice::sequential: ::posix_madvise(all.begin, all.size, POSIX_MADV_SEQUENTIAL); return;
    case advice::random: ::posix_madvise(all.begin, all.size, POSIX_MADV_RANDOM); return;
    case advice::will_need: ::posix_madvise(all.begin, all.size, POSIX_MADV_WILLNEED); return;
    case advice::dont_need: posix::let_go_of(all.begin, all.size); return;
  }
}

result<> prefault_view(const char* operation, native_handle file, std::uint64_t offset,
                       const_bytes part) {
  const pages all{part};
  const int code = posix::populate(all.begin, all.size);
  if (code == 0) return {};
  if (code != EINVAL && code != ENOSYS) return fail(make_error(operation, code));
  // The system has no such call. To read the file has the same effect but for the page tables, and
  // where there is nothing any more it is no signal.
  std::array<std::byte, 16'384> some;
  std::size_t done = 0;
  while (done < part.size()) {
    const auto size = std::min(part.size() - done, some.size());
    STRAIT_TRY(const auto got, read_mapped_at(operation, file, offset + done, {some.data(), size}));
    if (got == 0) return fail(make_error(operation, EFAULT));
    done += got;
  }
  return {};
}

result<std::size_t> read_mapped_at(const char* operation, native_handle file, std::uint64_t offset,
                                   bytes into) {
  STRAIT_TRY(const auto got, retry(operation, [&] {
    return ::pread(file, into.data(), into.size(), as_offset(offset));
  }));
  return static_cast<std::size_t>(got);
}

result<std::size_t> write_mapped_at(const char* operation, native_handle file, std::uint64_t offset,
                                    const_bytes from) {
  STRAIT_TRY(const auto written, retry(operation, [&] {
    return ::pwrite(file, from.data(), from.size(), as_offset(offset));
  }));
  return static_cast<std::size_t>(written);
}

}  // namespace strait::detail
