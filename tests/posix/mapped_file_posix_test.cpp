// SPDX-License-Identifier: MIT
// Mapped files on POSIX: who may use them, what is no file, and devices that are full.
#include <strait/mapped_file.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <string>

#include <strait/mirrored_memory.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/mapped.hpp"
#include "support/posix/files.hpp"
#include "support/posix/users.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using strait::access;
using strait::condition;
using strait::map_mode;
using strait::mapped_file;
using strait::or_throw;
using support::exit_code;
using support::is_zero;
using support::permissions_of;
using support::place_for_file;
using support::why;

namespace {

constexpr auto writes = map_mode::read_write;
constexpr int not_possible_here = 77;
constexpr std::uint64_t mebibyte = 1'048'576;

// How much of its device a file takes.
std::uint64_t space_of(const std::filesystem::path& file) {
  struct stat facts{};
  ::stat(file.c_str(), &facts);
  return static_cast<std::uint64_t>(facts.st_blocks) * 512;
}

// Mounts a small disk in memory that goes with this process.
bool mount_small_disk(const std::string& where) {
#if defined(CLONE_NEWNS) && defined(MS_PRIVATE)
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", where.c_str(), "tmpfs", 0, "size=4m") == 0;
#else
  static_cast<void>(where);
  return false;
#endif
}

// Returns which of its steps went wrong.
const support::role fills_a_disk{"mapped.fills_a_disk", [](support::role_args args) {
  if (!mount_small_disk(args[0])) return not_possible_here;
  const auto one = args[0] + "/one";
  const auto two = args[0] + "/two";
  if (why(mapped_file::create(one, 8 * mebibyte)) != condition::no_space_on_device) return 1;
  if (std::filesystem::exists(one)) return 2;

  auto file = or_throw(mapped_file::create(one, 3 * mebibyte));
  const auto* const where = file.bytes().data();
  if (why(mapped_file::create(two, 2 * mebibyte)) != condition::no_space_on_device) return 3;
  if (why(mapped_file::open_or_create(one, 8 * mebibyte)) != condition::no_space_on_device) {
    return 4;
  }
  if (why(mapped_file::open(one, {.mode = writes, .length = 8 * mebibyte})) !=
      condition::no_space_on_device) {
    return 5;
  }
  if (why(file.resize(8 * mebibyte)) != condition::no_space_on_device) return 6;
  if (file.bytes().data() != where || file.size() != 3 * mebibyte) return 7;
  for (auto& b : file.writable_bytes()) b = std::byte{1};  // no signal: there is room for all of it
  if (!mapped_file::create(two, 8 * mebibyte, {.sparse = true})) return 8;
  return 0;
}};

}  // namespace

TEST_CASE("a new mapped file is open to whom it is for, whatever the umask",
          "[mapped_file][posix]") {
  for (const unsigned mask : {0U, 077U, 0777U}) {
    const support::umask_for_a_while masked{mask};
    for (const auto& [who, mode] :
         {std::pair{access::owner, 0600U}, {access::group, 0660U}, {access::everyone, 0666U}}) {
      const support::temp_directory directory;
      ::chmod(directory.path().c_str(), 0700);
      const auto path = directory / u8"file";
      REQUIRE(mapped_file::create(path.string(), 10, {.who = who}));
      CHECK(permissions_of(path) == mode);
      REQUIRE(mapped_file::open_or_create(path.string(), 10, {.who = access::everyone}));
      CHECK(permissions_of(path) == mode);
    }
  }
}

TEST_CASE("a stranger cannot map a file that is its owner's", "[mapped_file][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become another user");
  const support::temp_directory directory;
  ::chmod(directory.path().c_str(), 0755);
  const auto own = (directory / u8"own").string();
  const auto open = (directory / u8"open").string();
  REQUIRE(mapped_file::create(own, 10));
  REQUIRE(mapped_file::create(open, 10, {.who = access::everyone}));

  CHECK(support::as_stranger([&] { return mapped_file::open(own); }) ==
        condition::permission_denied);
  CHECK(support::as_stranger([&] { return mapped_file::open(open, {.mode = writes}); }) ==
        condition{});
}

TEST_CASE("what is no plain file is not mapped, and nobody waits for it", "[mapped_file][posix]") {
  const support::temp_directory directory;
  const auto fifo = (directory / u8"fifo").string();
  const auto socket = (directory / u8"socket").string();
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto listener = strait::handle::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(::fcntl(listener.get(), F_SETFD, FD_CLOEXEC) == 0);
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  socket.copy(place.sun_path, sizeof place.sun_path - 1);
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);

  for (const auto mode : {map_mode::read_only, writes}) {
    for (const auto& path : {fifo, socket, std::string{"/dev/null"}, std::string{"/dev/tty"}}) {
      const auto refused = why(mapped_file::open(path, {.mode = mode}));
      CHECK(refused == condition::invalid_argument);
      CHECK(refused.subject.text() == strait::subject_name{path}.text());
    }
  }
  CHECK(why(mapped_file::open_or_create(fifo, 10)) == condition::invalid_argument);
  CHECK(why(mapped_file::create(fifo, 10)) == condition::file_exists);
}

TEST_CASE("a link to nothing is neither opened nor made", "[mapped_file][posix]") {
  const place_for_file at;
  std::filesystem::create_symlink("nothing", at.file);

  CHECK(why(mapped_file::open(at.path())) == condition::no_such_file_or_directory);
  CHECK(why(mapped_file::open_or_create(at.path(), 10)) == condition::file_exists);
}

TEST_CASE("a mapped file has its space, unless it is sparse", "[mapped_file][posix]") {
  const place_for_file full;
  const place_for_file sparse;
  auto one = or_throw(mapped_file::create(full.path(), mebibyte));
  auto two = or_throw(mapped_file::create(sparse.path(), mebibyte, {.sparse = true}));
  CHECK(space_of(full.file) >= mebibyte);
  CHECK(space_of(sparse.file) < mebibyte / 2);

  REQUIRE(one.resize(2 * mebibyte));
  REQUIRE(two.resize(2 * mebibyte));
  CHECK(space_of(full.file) >= 2 * mebibyte);
  CHECK(space_of(sparse.file) < mebibyte / 2);
  REQUIRE(mapped_file::open_or_create(full.path(), 3 * mebibyte));
  CHECK(space_of(full.file) >= 3 * mebibyte);
}

TEST_CASE("a full device is an error when the file is made, and no signal later",
          "[mapped_file][posix]") {
  const support::temp_directory directory;
  const auto end = support::outcome_of(fills_a_disk.command({directory.path().string()}));
  if (end == exit_code(not_possible_here)) {
    return support::skip("only root can mount a disk, on Linux");
  }
  CHECK(end == exit_code(0));
}

TEST_CASE("a file that only others may write to is mapped for reading", "[mapped_file][posix]") {
  const place_for_file at{"0123456789"};
  const auto reads = strait::handle::adopt(::open(at.path().c_str(), O_RDONLY | O_CLOEXEC));
  const auto appends = strait::handle::adopt(::open(at.path().c_str(), O_WRONLY | O_CLOEXEC));
  CHECK(mapped_file::adopt(or_throw(reads.duplicate())));
  CHECK(mapped_file::adopt(or_throw(reads.duplicate()), {.mode = map_mode::copy_on_write}));
  CHECK(why(mapped_file::adopt(or_throw(reads.duplicate()), {.mode = writes})) ==
        condition::permission_denied);
  CHECK(why(mapped_file::adopt(or_throw(appends.duplicate()))) == condition::permission_denied);
  support::make_file(at.file, {});  // of which there is nothing to map
  CHECK(why(mapped_file::adopt(or_throw(reads.duplicate()), {.mode = writes})) ==
        condition::permission_denied);
}

TEST_CASE("nobody can make mirrored memory shorter", "[mirrored][posix]") {
  auto ring = or_throw(strait::mirrored_memory::create(100'000));
#if defined(CLONE_NEWNS)  // elsewhere files in memory do not tell
  CHECK(space_of("/proc/self/fd/" + std::to_string(ring.native())) >= ring.size());
#endif
  CHECK(::ftruncate(ring.native(), 0) == -1);
  CHECK(is_zero(ring.twice()));
}
