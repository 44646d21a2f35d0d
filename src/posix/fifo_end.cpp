// SPDX-License-Identifier: MIT
#include "fifo_end.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <limits>

#include "../fail_point.hpp"
#include "compat.hpp"
#include "mode.hpp"

namespace strait::posix {
namespace {

using detail::fail_point;
using detail::place;

constexpr auto no_fifo = "something else than a FIFO stands there";

result<handle> open_end(const char* operation, const place& where, const std::string& path,
                        int mode) {
  const int fd = ::open(path.c_str(), mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd == -1) return fail(last_error(operation, where.name));
  auto end = handle::adopt(fd);
  struct stat facts{};
  if (::fstat(fd, &facts) == -1) return fail(last_error(operation, where.name));
  if (!S_ISFIFO(facts.st_mode)) {
    return fail(condition::file_exists, operation, where.name, no_fifo);
  }
  return end;
}

bool is_same(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Opens a FIFO that has just been made or found, for reading.
result<fifo_ends> open_ends(const char* operation, const place& where, const std::string& path,
                            const fifo_reader_options& wish) {
  STRAIT_TRY(auto sentinel, open_end(operation, where, path, O_RDONLY));
  if (wish.capacity != 0) {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    wish_pipe_capacity(sentinel.get(), static_cast<int>(std::min(wish.capacity, most)));
  }
  // A writer comes and goes, so that the sentinel has seen one go.
  auto passing = open_again(operation, where, path, O_WRONLY, sentinel.get());
  if (!passing && passing.error() != condition::permission_denied) return fail(passing.error());
  const bool has_passed = passing.has_value();
  if (has_passed) STRAIT_CHECK(passing->close());

  STRAIT_TRY(auto reader, open_again(operation, where, path, O_RDONLY, sentinel.get()));
  STRAIT_CHECK(make_waiting(operation, reader));
  return fifo_ends{.reader = std::move(reader),
                   .sentinel = has_passed ? std::move(sentinel) : handle{}};
}

/// Whether a FIFO stands at `where` that may be replaced.
result<bool> has_leftover(const char* operation, const place& where) {
  struct stat facts{};
  if (::lstat(where.path.c_str(), &facts) == -1) {
    if (errno == ENOENT) return false;
    return fail(last_error(operation, where.name));
  }
  if (!S_ISFIFO(facts.st_mode)) {
    return fail(condition::file_exists, operation, where.name, no_fifo);
  }
  if (facts.st_uid != ::geteuid() && ::geteuid() != 0) {
    return fail(condition::permission_denied, operation, where.name,
                "another user's FIFO stands there");
  }
  // Another program may read from it, without our lock.
  const int fd = ::open(where.path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd == -1) return true;
  ::close(fd);
  return fail(condition::address_in_use, operation, where.name, "another program reads from it");
}

/// Programs that wait in open() for the reader of a FIFO that nobody can find any more get one for
/// a moment, and then a broken pipe.
void release_waiting(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
  if (fd != -1) ::close(fd);
  ::unlink(path.c_str());
}

/// Makes a FIFO at `aside` and opens it, before anybody can find it.
result<fifo_ends> make_aside(const char* operation, const place& where, const std::string& aside,
                             const fifo_reader_options& wish) {
  ::unlink(aside.c_str());  // of a reader that was killed here
  fail_point("FIFO: way is clear");
  // mkfifo() heeds the umask, chmod() does not.
  if (::mkfifo(aside.c_str(), 0600) == -1 ||
      ::chmod(aside.c_str(), file_mode(wish.who) | keep_bit) == -1) {
    return fail(last_error(operation, where.name));
  }
  fail_point("FIFO: made aside");
  return open_ends(operation, where, aside, wish);
}

/// Gives it its name. At no moment does a FIFO with that name have a reader that goes again, or is
/// there none if there was one.
result<> put_in_place(const char* operation, const place& where, const std::string& aside) {
  const auto old = where.path + ".old";
  release_waiting(old);  // of a reader that was killed here
  STRAIT_TRY(const bool is_left, has_leftover(operation, where));
  const bool is_kept = is_left && ::link(where.path.c_str(), old.c_str()) == 0;
  fail_point("FIFO: before its name");
  if (::rename(aside.c_str(), where.path.c_str()) == -1) {
    return fail(last_error(operation, where.name));
  }
  fail_point("FIFO: after its name");
  if (is_kept) release_waiting(old);
  return {};
}

}  // namespace

result<fifo_ends> make_fifo(const char* operation, const place& where,
                            const fifo_reader_options& wish) {
  const auto aside = where.path + ".new";
  STRAIT_CHECK(has_leftover(operation, where));  // nothing is made in vain
  auto ends = make_aside(operation, where, aside, wish);
  const auto put = ends ? put_in_place(operation, where, aside) : fail(ends.error());
  if (!put) {
    ::unlink(aside.c_str());
    return fail(put.error());
  }
  return ends;
}

result<fifo_ends> open_fifo(const char* operation, const place& where,
                            const fifo_reader_options& wish) {
  if (::mkfifo(where.path.c_str(), 0600) == 0) {
    if (::chmod(where.path.c_str(), file_mode(wish.who)) == -1) {
      return fail(last_error(operation, where.name));
    }
  } else if (errno != EEXIST) {
    return fail(last_error(operation, where.name));
  }
  struct stat facts{};
  if (::stat(where.path.c_str(), &facts) == 0 && !S_ISFIFO(facts.st_mode)) {
    return fail(condition::file_exists, operation, where.name, no_fifo);
  }
  return open_ends(operation, where, where.path, wish);
}

result<handle> open_again(const char* operation, const place& where, const std::string& path,
                          int mode, int fd) {
  STRAIT_TRY(auto end, open_end(operation, where, path, mode));
  struct stat known{};
  struct stat opened{};
  if (::fstat(fd, &known) == -1 || ::fstat(end.get(), &opened) == -1) {
    return fail(last_error(operation, where.name));
  }
  if (!is_same(known, opened)) {
    return fail(condition::no_such_file_or_directory, operation, where.name,
                "another FIFO stands there now");
  }
  return end;
}

result<> remove_fifo(const char* operation, const place& where, int fd) noexcept {
  struct stat opened{};
  struct stat found{};
  const bool is_there = ::fstat(fd, &opened) == 0 && ::lstat(where.path.c_str(), &found) == 0 &&
                        is_same(opened, found);
  if (is_there && ::unlink(where.path.c_str()) == -1) {
    return fail(last_error(operation, where.name));
  }
  return {};
}

result<> make_waiting(const char* operation, const handle& end) {
  STRAIT_CHECK(retry(operation, [&] { return ::fcntl(end.get(), F_SETFL, 0); }));
  return {};
}

}  // namespace strait::posix
