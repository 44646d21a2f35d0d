// SPDX-License-Identifier: MIT
// What POSIX systems alone have of shared memory: files, modes, users, forks, other programs.
#include <strait/shared_memory.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>

#if __has_include(<sys/mount.h>) && __has_include(<sched.h>)
#include <sched.h>
#include <sys/mount.h>
#endif

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/posix/strace.hpp"
#include "support/posix/users.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::access;
using strait::condition;
using strait::lifetime;
using strait::or_throw;
using strait::scope;
using strait::shared_memory;
using support::why;

namespace {

constexpr int not_possible_here = 77;

// In a mount namespace of its own, with 1 MiB of shared memory in all.
const support::role in_little_room{"memory-little-room", [](support::role_args) {
#if defined(MS_PRIVATE) && defined(CLONE_NEWNS)
  if (::unshare(CLONE_NEWNS) == -1 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1 ||
      ::mount("none", "/dev/shm", "tmpfs", 0, "size=1m") == -1) {
    return not_possible_here;
  }
  constexpr std::size_t most = 1 << 20;
  if (why(shared_memory::create("much", 2 * most)) != condition::no_space_on_device) return 1;
  if (why(shared_memory::open("much")) != condition::no_such_file_or_directory) return 2;
  auto memory = or_throw(shared_memory::create("some", most / 2, {.max_size = 2 * most}));
  for (auto& byte : memory.writable_bytes()) byte = std::byte{1};
  if (why(memory.grow(2 * most)) != condition::no_space_on_device) return 3;
  return memory.size() == most / 2 ? 0 : 4;
#else
  return not_possible_here;
#endif
}};

// Opens NAME once, between two marks: as strait does, or as the bare system calls do.
const support::role opens{"memory-opens", [](support::role_args args) {
  const bool is_bare = args[1] == "bare";
  support::strace::mark();
  if (is_bare) {
    const int fd = ::shm_open(args[0].c_str(), O_RDWR, 0);
    struct stat facts{};
    ::fstat(fd, &facts);
    static_cast<void>(::mmap(nullptr, static_cast<std::size_t>(facts.st_size),
                             PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    support::strace::mark();
    return 0;
  }
  const auto memory = or_throw(shared_memory::open(args[0]));
  support::strace::mark();
  return 0;
}};

std::size_t calls_to_open(const support::strace& tracer, const std::string& name, const char* how) {
  const auto end = support::outcome_of(tracer.counting(opens.command({name, how})));
  CHECK(end == support::exit_code(0));
  const auto calls = tracer.calls();
  // Whose a name is has to be asked for by whoever makes one.
  return calls.size() - static_cast<std::size_t>(std::ranges::count(calls, "geteuid"));
}

/// What a python program that begins with `script` says.
std::string python(const std::string& script, const std::string& name) {
  const auto run = strait::run({.program = "python3", .args = {"-c", script, name}});
  if (!run) return "no python";
  return run->status.success() ? run->output : run->errors;
}

}  // namespace

TEST_CASE("memory that a full system has no room for is refused when it is made",
          "[memory][posix]") {
  const auto end = support::outcome_of(in_little_room.command());
  if (end == support::exit_code(not_possible_here)) {
    return support::skip("only root can make a small /dev/shm, and only on Linux");
  }
  CHECK(end == support::exit_code(0));
}

TEST_CASE("opening memory makes two system calls more than it must", "[memory][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  for (const auto life : {lifetime::owned, lifetime::persistent}) {
    const auto name = support::unique_name();
    const auto raw = "/" + support::unique_name();
    const auto made = or_throw(shared_memory::create(name, 5000, {.life = life}));
    const auto bare = or_throw(shared_memory::create(strait::native_name{raw}, 5000));

    CHECK(calls_to_open(tracer, raw, "bare") == 3);
    CHECK(calls_to_open(tracer, name, "strait") == 5);
    CHECK(shared_memory::remove(strait::native_name{raw}));
    if (life == lifetime::persistent) {
      // Nobody has it open now.
      auto closing = or_throw(shared_memory::open(name));
      REQUIRE(closing.close());
      CHECK(calls_to_open(tracer, name, "strait") == 5);
    }
    static_cast<void>(shared_memory::remove(name));
  }
}

TEST_CASE("Python's shared memory is ours by its native name, both ways", "[memory][posix]") {
  const auto word = support::unique_name();
  const strait::native_name native{"/" + word};
  {
    const auto made = or_throw(shared_memory::create(native, 4096));
    made.writable_bytes()[5] = std::byte{42};
    const auto said = python(
        "import sys\nfrom multiprocessing import shared_memory, resource_tracker\n"
        "m = shared_memory.SharedMemory(sys.argv[1])\n"
        "print(m.size, m.buf[5])\nm.buf[6] = 43\n"
        "resource_tracker.unregister(m._name, 'shared_memory')\nm.close()\n",
        word);
    static_cast<void>(shared_memory::remove(native));
    if (said == "no python") return support::skip("there is no python3");
    CHECK(said == "4096 42\n");
    CHECK(made.writable_bytes()[6] == std::byte{43});
  }
  const auto said = python(
      "import sys\nfrom multiprocessing import shared_memory, resource_tracker\n"
      "m = shared_memory.SharedMemory(sys.argv[1], True, 1000)\n"
      "m.buf[7] = 44\nresource_tracker.unregister(m._name, 'shared_memory')\nm.close()\n",
      word);
  CHECK(said.empty());
  const auto seen = or_throw(shared_memory::open(native));
  CHECK(seen.size() == 1000);
  CHECK(seen.bytes()[7] == std::byte{44});
  CHECK(or_throw(shared_memory::remove(native)));
}

TEST_CASE("memory is its owner's alone, whatever the umask", "[memory][posix]") {
  const auto before = ::umask(0);
  const auto made = or_throw(shared_memory::create(support::unique_name(), 10));
  ::umask(0777);
  const auto open = or_throw(shared_memory::create({support::unique_name(), scope::machine}, 10,
                                                   {.who = access::everyone}));
  ::umask(before);
  struct stat facts{};
  REQUIRE(::fstat(made.native(), &facts) == 0);
  CHECK((facts.st_mode & 0777U) == 0600U);
  REQUIRE(::fstat(open.native(), &facts) == 0);
  CHECK((facts.st_mode & 0777U) == 0666U);
}

TEST_CASE("another user gets memory that is for everyone, and no other", "[memory][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become another user");
  const strait::name closed{support::unique_name(), scope::machine};
  const strait::name open{support::unique_name(), scope::machine};
  const auto mine = or_throw(shared_memory::create(closed, 10));
  const auto ours = or_throw(shared_memory::create(open, 10, {.who = access::everyone}));

  CHECK(support::as_stranger([&] { return shared_memory::open(closed); }) ==
        condition::permission_denied);
  CHECK(support::as_stranger([&] { return shared_memory::create(closed, 10); }) ==
        condition::permission_denied);
  CHECK(support::as_stranger([&] { return shared_memory::open(open); }) == condition{});
  CHECK(support::as_stranger([&] {
    return shared_memory::open_or_create(open, 10, {.who = access::everyone});
  }) == condition{});
  CHECK(support::as_stranger([&] { return shared_memory::remove(closed); }) ==
        condition::permission_denied);
}

TEST_CASE("another user's memory is trusted only by those who say so", "[memory][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become another user");
  const strait::name name{support::unique_name(), scope::machine};
  std::array<int, 2> go{};
  std::array<int, 2> done{};
  REQUIRE(::pipe(go.data()) == 0);
  REQUIRE(::pipe(done.data()) == 0);
  const pid_t other = ::fork();
  if (other == 0) {
    char byte = 0;
    ::close(go[1]);
    if (::setgid(support::stranger) != 0 || ::setuid(support::stranger) != 0) ::_exit(1);
    const auto made = shared_memory::create(name, 10, {.who = access::everyone});
    if (!made || ::write(done[1], "x", 1) != 1) ::_exit(2);
    ::_exit(::read(go[0], &byte, 1) == 0 ? 0 : 3);
  }
  char byte = 0;
  ::close(go[0]);
  ::close(done[1]);
  REQUIRE(::read(done[0], &byte, 1) == 1);

  CHECK(why(shared_memory::open(name)) == condition::permission_denied);
  CHECK(shared_memory::open(name, {.who = access::everyone}));

  ::close(go[1]);
  ::close(done[0]);
  int status = -1;
  ::waitpid(other, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("a copy of the process made by fork removes nothing", "[memory][posix]") {
  const auto name = support::unique_name();
  auto made = or_throw(shared_memory::create(name, 10));
  made.writable_bytes()[0] = std::byte{1};
  const pid_t copy = ::fork();
  if (copy == 0) {
    made.writable_bytes()[1] = std::byte{2};
    ::_exit(made.close() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(copy, &status, 0);
  CHECK(status == 0);
  CHECK(made.writable_bytes()[1] == std::byte{2});
  CHECK(or_throw(shared_memory::open(name)).bytes()[1] == std::byte{2});
}

TEST_CASE("who leaves while another does leaves nothing behind", "[memory][posix]") {
  const auto name = support::unique_name();
  auto one = or_throw(shared_memory::create(name, 10));
  auto two = or_throw(shared_memory::open(name));
  {
    const support::pause_at before_it_has_left{"segment: others stay"};
    const std::jthread first{[&] { static_cast<void>(one.close()); }};
    REQUIRE(before_it_has_left.wait_for_one());
    CHECK(two.close());
    before_it_has_left.let_go();
  }
  CHECK(or_throw(shared_memory::reclaim(name)) == false);
}

TEST_CASE("who opens persistent memory while it is removed does not get it", "[memory][posix]") {
  const auto name = support::unique_name();
  or_throw(shared_memory::create(name, 10, {.life = lifetime::persistent}));
  strait::result<shared_memory> got;
  {
    const support::pause_at before_it_is_used{"segment: looked at"};
    const std::jthread opener{[&] { got = shared_memory::open(name); }};
    REQUIRE(before_it_is_used.wait_for_one());
    CHECK(or_throw(shared_memory::remove(name)));
    before_it_is_used.let_go();
  }
  CHECK(why(got) == condition::no_such_file_or_directory);
}

TEST_CASE("a peer that cuts sealed memory cannot", "[memory][posix]") {
  const auto made = or_throw(shared_memory::anonymous(50'000));
#if defined(MFD_ALLOW_SEALING)
  CHECK(made.is_sealed());
#else
  if (!made.is_sealed()) return support::skip("this system seals nothing");
#endif
  CHECK(::ftruncate(made.native(), 0) == -1);
  CHECK(::ftruncate(made.native(), 1'000'000) == -1);
  CHECK(made.bytes().back() == std::byte{});
}

TEST_CASE("read-only memory is enforced by the hardware", "[memory][posix]") {
  const auto name = support::unique_name();
  const auto made = or_throw(shared_memory::create(name, 10));
  const pid_t copy = ::fork();
  if (copy == 0) {
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const auto seen = or_throw(shared_memory::open(name, {.read_only = true}));
    ::signal(SIGSEGV, SIG_DFL);
    ::signal(SIGBUS, SIG_DFL);
    *const_cast<volatile std::byte*>(seen.bytes().data()) = std::byte{1};
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(copy, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(made.bytes()[0] == std::byte{});
}

TEST_CASE("junk at a name of strait's is no memory, and in nobody's way", "[memory][posix]") {
  const auto name = support::unique_name();
  std::string path;
  {
    const auto made = or_throw(shared_memory::create(name, 10));
    const auto link = "/proc/self/fd/" + std::to_string(made.native());
    std::array<char, 400> text{};
    const auto size = ::readlink(link.c_str(), text.data(), text.size());
    if (size <= 0) return support::skip("this system does not tell where the memory is");
    path.assign(text.data(), static_cast<std::size_t>(size));
  }
  support::make_file(path, std::string(10'000, '\1'));

  CHECK(why(shared_memory::open(name)) == condition::no_such_file_or_directory);
  const auto made = or_throw(shared_memory::create(name, 10, {.until = 5s}));
  CHECK(made.size() == 10);
}
