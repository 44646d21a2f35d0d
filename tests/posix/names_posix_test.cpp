// SPDX-License-Identifier: MIT
// Where names stand on POSIX, who may touch them, and what fork does to them.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <filesystem>
#include <functional>

#include <strait/lease.hpp>
#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "../../src/liveness.hpp"
#include "../../src/runtime_directory.hpp"
#include "support/catch.hpp"
#include "support/posix/files.hpp"
#include "support/posix/users.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::lease;
using strait::or_throw;
using strait::scope;
using support::why;
namespace detail = strait::detail;
namespace fs = std::filesystem;

namespace {

fs::path file_of(const strait::name& name, strait::access who = strait::access::owner) {
  return or_throw(detail::place_of(name, "lease", who)).path;
}

// A runtime directory that does not exist yet.
struct fresh_directory {
  support::temp_directory above;
  fs::path path = above / u8"run";
  support::variable_for_a_while named{"STRAIT_RUNTIME_DIR", path.string()};
};

// How a copy of this process ended that did `work`.
int in_a_fork(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("the runtime directory is made for its owner alone, whatever the umask", "[name]") {
  for (const unsigned mask : {0000U, 0077U, 0777U}) {
    const support::umask_for_a_while umask{mask};
    const fresh_directory directory;
    CHECK(lease::acquire("x", 0ms));
    CHECK(fs::status(directory.path).permissions() == fs::perms::owner_all);  // every bit
  }
}

TEST_CASE("a lease's file has the mode that its access says, whatever the umask", "[lease]") {
  for (const unsigned mask : {0000U, 0077U}) {
    const support::umask_for_a_while umask{mask};
    const strait::name name{support::unique_name(), scope::machine};
    const auto mode_for = [&name](strait::access who) {
      const auto held = or_throw(lease::acquire(name, 0ms, {.who = who}));
      return support::permissions_of(file_of(name));
    };
    CHECK(mode_for(strait::access::owner) == 0600U);
    CHECK(mode_for(strait::access::group) == 0660U);
    CHECK(mode_for(strait::access::everyone) == 0666U);
  }
}

TEST_CASE("a runtime directory that others may use is refused", "[name]") {
  const fresh_directory directory;
  fs::create_directory(directory.path);
  for (const unsigned mode : {0755U, 0770U, 0701U, 0777U, 01777U}) {
    ::chmod(directory.path.c_str(), static_cast<mode_t>(mode));
    const auto refused = why(lease::acquire("x", 0ms));
    CHECK(refused == condition::permission_denied);
    CHECK(std::string_view{refused.hint}.find("0700") != std::string_view::npos);
  }
  ::chmod(directory.path.c_str(), 0700);
  CHECK(lease::acquire("x", 0ms));
}

TEST_CASE("a runtime directory that is a link is refused", "[name]") {
  const fresh_directory directory;
  const support::temp_directory elsewhere;
  ::chmod(elsewhere.path().c_str(), 0700);
  fs::create_directory_symlink(elsewhere.path(), directory.path);
  CHECK(why(lease::acquire("x", 0ms)) == condition::not_a_directory);
}

TEST_CASE("a runtime directory of another user is refused", "[name]") {
  if (::geteuid() != 0) return support::skip("only root can make a directory of another user");
  const fresh_directory directory;
  fs::create_directory(directory.path);
  ::chmod(directory.path.c_str(), 0700);
  REQUIRE(::chown(directory.path.c_str(), support::stranger, support::stranger) == 0);

  const auto refused = why(lease::acquire("x", 0ms));
  CHECK(refused == condition::permission_denied);
  CHECK(std::string_view{refused.hint} == "it belongs to another user");
}

TEST_CASE("a machine directory from which others may remove files is refused", "[name]") {
  const support::temp_directory above;
  const auto path = above / u8"machine";
  const support::variable_for_a_while named{"STRAIT_MACHINE_DIR", path.string()};
  REQUIRE(lease::acquire({"x", scope::machine}, 0ms));
  CHECK(support::permissions_of(path) == 0777U);
  CHECK((fs::status(path).permissions() & fs::perms::sticky_bit) != fs::perms::none);

  ::chmod(path.c_str(), 0777);
  CHECK(why(lease::acquire({"x", scope::machine}, 0ms)) == condition::permission_denied);
}

TEST_CASE("another user gets no lease of ours, unless it is for everyone", "[lease]") {
  if (::geteuid() != 0) return support::skip("only root can become another user");
  const support::umask_for_a_while umask{GENERATE(0U, 077U)};
  const auto text = support::unique_name();
  const strait::name shared{text, scope::machine};
  const auto as_stranger = [](const strait::name& name, strait::access who) {
    return support::as_stranger([&] { return lease::acquire(name, 0ms, {.who = who}); });
  };

  const auto own = or_throw(lease::acquire(text, 0ms));
  CHECK(as_stranger(text, strait::access::owner) == condition::permission_denied);

  auto held = or_throw(lease::acquire(shared, 0ms));
  CHECK(as_stranger(shared, strait::access::owner) == condition::permission_denied);
  CHECK(held.release());

  held = or_throw(lease::acquire(shared, 0ms, {.who = strait::access::everyone}));
  CHECK(as_stranger(shared, strait::access::everyone) == condition::timed_out);
  CHECK(held.release());
  CHECK(as_stranger(shared, strait::access::everyone) == condition{});
}

TEST_CASE("a copy of the process made by fork has no lease, and takes none away", "[lease]") {
  const auto name = support::unique_name();
  auto held = or_throw(lease::acquire(name, 0ms));

  CHECK(in_a_fork([&] {
    const bool has_it = static_cast<bool>(held);
    static_cast<void>(held.release());
    return has_it ? 1 : 0;
  }) == 0);

  CHECK(fs::exists(file_of(name)));
  CHECK(held);
  CHECK(why(lease::acquire(name, 0ms)) == condition::timed_out);
}

TEST_CASE("a killed holder is dead although its child lives", "[lease]") {
  const auto name = support::unique_name();
  auto [ended, alive] = or_throw(strait::pipe::create());
  auto [ready, is_ready] = or_throw(strait::pipe::create());
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto held = lease::acquire(name, 0ms);
    if (!held) ::_exit(1);
    if (::fork() == 0) {
      // Lives until the test has looked, with all that it inherited open.
      std::byte end{};
      static_cast<void>(is_ready.write(strait::as_bytes("!")));
      static_cast<void>(alive.close());
      static_cast<void>(ended.read({&end, 1}));
      ::_exit(0);
    }
    for (;;) ::pause();
  }
  std::byte one{};
  REQUIRE(ready.read({&one, 1}, support::soon) == 1);
  CHECK(or_throw(lease::holder(name)).value_or(strait::process_identity{}).id ==
        static_cast<std::uint32_t>(parent));

  ::kill(parent, SIGKILL);
  siginfo_t dead;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(parent), &dead, WEXITED | WNOWAIT) == 0);

  CHECK(or_throw(lease::holder(name)) == std::nullopt);  // a zombie, with a child
  CHECK(lease::acquire(name, 0ms));
  ::waitpid(parent, nullptr, 0);
}

TEST_CASE("what stands in a lease's place and is no file of strait is not touched", "[lease]") {
  const auto name = support::unique_name();
  const auto path = file_of(name);
  fs::create_directory(path);
  CHECK(why(lease::acquire(name, 0ms)) == condition::is_a_directory);
  CHECK(fs::is_directory(path));
  fs::remove(path);

  const support::temp_directory elsewhere;
  support::make_file(elsewhere / u8"precious", "precious");
  fs::create_symlink(elsewhere / u8"precious", path);
  CHECK_FALSE(lease::acquire(name, 0ms));
  CHECK(support::content_of(elsewhere / u8"precious") == "precious");
}

TEST_CASE("a lease removed by hand is not taken away from its successor", "[lease]") {
  const auto name = support::unique_name();
  auto first = or_throw(lease::acquire(name, 0ms));
  fs::remove(file_of(name));
  const auto second = or_throw(lease::acquire(name, 0ms));

  CHECK(first.release());

  CHECK(fs::exists(file_of(name)));
  CHECK(why(lease::acquire(name, 0ms)) == condition::timed_out);
}
