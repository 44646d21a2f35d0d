// SPDX-License-Identifier: MIT
#include <strait/file_lock.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <filesystem>
#include <utility>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/posix/files.hpp"
#include "support/posix/users.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::file_lock;
using strait::or_throw;
using support::file_place;
using support::why;

namespace {

/// Locks as programs have done for ever.
bool lock_by_fcntl(int fd, short kind) {
  struct flock whole{};
  whole.l_type = kind;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, F_SETLK, &whole) == 0;
}

int end_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a file made to be locked has the mode that its access says, whatever the umask",
          "[file_lock][posix]") {
  for (const unsigned mask : {0U, 022U, 077U, 0777U}) {
    for (const auto& [who, mode] : {std::pair{strait::access::owner, 0600U},
                                    {strait::access::group, 0660U},
                                    {strait::access::everyone, 0666U}}) {
      const file_place place;
      const support::umask_for_a_while for_now{mask};
      const auto file = or_throw(file_lock::open(place.path, {.who = who}));
      CHECK(support::permissions_of(place.path) == mode);
      CHECK_FALSE(support::is_inheritable(file.native()));
    }
  }
}

TEST_CASE("strangers lock a file only if they may", "[file_lock][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become another user");
  for (const auto& [who, outcome] : {std::pair{strait::access::owner, condition::permission_denied},
                                     {strait::access::everyone, condition{}}}) {
    const file_place place;
    std::filesystem::permissions(place.directory.path(), std::filesystem::perms{0755});
    auto file = or_throw(file_lock::open(place.path, {.who = who}));
    CHECK(support::as_stranger([&] { return file_lock::open(place.path); }) == outcome);
  }
}

TEST_CASE("programs that lock files by fcntl see these locks", "[file_lock][posix]") {
  const file_place place;
  auto file = or_throw(file_lock::open(place.path));
  const auto other = support::open_file(place.path);
  {
    const auto held = or_throw(file.lock());
    CHECK_FALSE(lock_by_fcntl(other.get(), F_RDLCK));
  }
  REQUIRE(lock_by_fcntl(other.get(), F_RDLCK));
  CHECK(file.lock_shared(0ms));
  CHECK(why(file.lock(0ms)) == condition::timed_out);
}

TEST_CASE("a copy of a process made by fork neither has nor keeps nor releases its locks",
          "[file_lock][posix]") {
  const file_place place;
  auto [reader, writer] = or_throw(strait::pipe::create());
  const pid_t first = ::fork();
  REQUIRE(first != -1);
  if (first == 0) {
    auto file = file_lock::open(place.path);
    const auto held = file->lock();
    const pid_t second = ::fork();
    if (second != 0) ::_exit(held && second != -1 ? 0 : 1);
    char nothing = 0;
    static_cast<void>(writer.close());
    ::_exit(::read(reader.native(), &nothing, 1) == 0 ? 0 : 1);  // it lives on
  }
  CHECK(end_of(first) == 0);
  auto file = or_throw(file_lock::open(place.path));
  auto held = file.lock(200ms);
  CHECK(held);

  const pid_t third = ::fork();
  REQUIRE(third != -1);
  if (third == 0) {
    const bool has_none = file.native() == strait::no_handle;
    ::_exit(held->release() && has_none ? 0 : 1);
  }
  CHECK(end_of(third) == 0);
  CHECK(why(or_throw(file_lock::open(place.path)).lock(0ms)) == condition::timed_out);
}

TEST_CASE("what is no plain file cannot be locked, and is not waited for", "[file_lock][posix]") {
  const file_place place;
  REQUIRE(::mkfifo(place.path.c_str(), 0600) == 0);
  CHECK(why(file_lock::open(place.path)) == condition::invalid_argument);
  CHECK(why(file_lock::open(place.path, {.read_only = true})) == condition::invalid_argument);
  CHECK(why(file_lock::open("/dev/null")) == condition::invalid_argument);
  auto pipe = or_throw(strait::pipe::create());
  CHECK(why(file_lock::adopt(pipe.reader.release())) == condition::invalid_argument);
  std::filesystem::remove(place.path);
  std::filesystem::create_symlink("nowhere", place.path);
  CHECK(why(file_lock::open(place.path, {.create = false})) ==
        condition::no_such_file_or_directory);
  CHECK(why(file_lock::open(place.path)) == condition::no_such_file_or_directory);
}

TEST_CASE("a file adopted for reading or writing alone is locked as far as that goes",
          "[file_lock][posix]") {
  const file_place place{"content"};
  auto read_only = or_throw(
      file_lock::adopt(strait::handle::adopt(::open(place.path.c_str(), O_RDONLY | O_CLOEXEC))));
  CHECK(read_only.lock_shared(0ms));
  CHECK(why(read_only.lock(0ms)) == condition::permission_denied);
  auto write_only = or_throw(
      file_lock::adopt(strait::handle::adopt(::open(place.path.c_str(), O_WRONLY | O_CLOEXEC))));
  CHECK(write_only.lock(0ms));
}
