// SPDX-License-Identifier: MIT
// Processes as POSIX has them: signals, zombies, interpreters.
#include <strait/process.hpp>

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::inherited;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::utf8;
using support::why;

namespace {

strait::exit_status signal_status(int signal) {
  return {.how = strait::exit_status::kind::signal, .value = static_cast<std::uint32_t>(signal)};
}

const support::role raises{"posix.raises", [](support::role_args args) {
  ::signal(std::stoi(args[0]), SIG_DFL);
  ::raise(std::stoi(args[0]));
  return 0;
}};

// 0 if no signal is blocked or ignored, else the first one that is.
const support::role looks_at_signals{"posix.looks_at_signals", [](support::role_args) {
  sigset_t mask;
  ::sigprocmask(SIG_BLOCK, nullptr, &mask);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGCHLD, SIGUSR1, SIGUSR2, SIGHUP}) {
    struct sigaction action{};
    ::sigaction(signal, nullptr, &action);
    if (sigismember(&mask, signal) == 1) return signal;
    if (signal == SIGPIPE && action.sa_handler != SIG_DFL) return 100 + signal;
  }
  return 0;
}};

// What it could not start has left no zombie.
const support::role fails_to_spawn{"posix.fails_to_spawn", [](support::role_args) {
  if (why(strait::spawn(raises.command({"0"}))) != std::errc::too_many_files_open) return 1;
  return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 2;
}};

const support::role lives{"posix.lives", [](support::role_args) {
  static_cast<void>(support::read_input());
  return 0;
}};

// Blocks and ignores what it can, and starts a child.
const support::role starts_with_signals_blocked{"posix.starts_with_signals_blocked",
                                                [](support::role_args) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const auto end = support::outcome_of(looks_at_signals.command());
  sigset_t still;
  ::sigprocmask(SIG_BLOCK, nullptr, &still);
  if (sigismember(&still, SIGTERM) != 1) return 90;  // the parent's own mask is as it was
  return end.success() ? 0 : static_cast<int>(end.value);
}};

const support::role ignores_sigchld{"posix.ignores_sigchld", [](support::role_args args) {
  ::signal(SIGCHLD, SIG_IGN);
  auto child = support::start(raises.command({"0"}));
  const auto waited = args[0] == "deadline" ? child.wait(soon) : child.wait();
  if (why(waited) != std::errc::no_child_process) return 1;
  return child.kill() ? 0 : 2;  // one that is gone need not be killed
}};

// A child that fails to start is not there to be waited for.
const support::role ignores_sigchld_and_fails{"posix.ignores_sigchld_and_fails",
                                              [](support::role_args args) {
  ::signal(SIGCHLD, SIG_IGN);
  return why(strait::spawn({.program = args[0]})) == std::errc::executable_format_error ? 0 : 1;
}};

// Somebody else takes the exit status of every child.
const support::role reaps_everything{"posix.reaps_everything", [](support::role_args) {
  auto child = support::start(raises.command({"0"}));
  while (::waitpid(-1, nullptr, 0) == -1 && errno == EINTR) {
  }
  return why(child.wait(soon)) == std::errc::no_child_process ? 0 : 1;
}};

const support::role handles_sigterm{"posix.handles_sigterm", [](support::role_args) {
  static volatile std::sig_atomic_t heard = 0;
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  ::signal(SIGTERM, [](int /*signal*/) { heard = 1; });
  static_cast<void>(strait::stop_requested());
  or_throw(strait::write_all(to, as_bytes("!"), soon));
  or_throw(strait::wait_for_stop(soon));
  return heard == 1 ? 7 : 1;
}};

}  // namespace

TEST_CASE("a child that a signal kills says so", "[process][posix]") {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGKILL}) {
    CHECK(support::outcome_of(raises.command({std::to_string(signal)})) == signal_status(signal));
  }
}

TEST_CASE("a child that does not listen is ended by stop's SIGTERM", "[process][posix]") {
  auto command = lives.command();
  command.input = strait::redirect::pipe();
  auto child = support::start(command);

  CHECK(child.stop(soon) == signal_status(SIGTERM));
}

TEST_CASE("a handler of SIGTERM that was there before is still called", "[process][posix]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = handles_sigterm.command();
  command.give.emplace_back("out", std::move(writer));
  auto child = support::start(command);
  std::byte one{};
  REQUIRE(strait::read_exactly(reader, {&one, 1}, soon));

  CHECK(child.stop(soon) == exit_code(7));
}

TEST_CASE("a child's signals are neither blocked nor ignored", "[process][posix]") {
  CHECK(support::outcome_of(starts_with_signals_blocked.command()) == exit_code(0));
}

TEST_CASE("what this process does with SIGCHLD is left alone", "[process][posix]") {
  struct sigaction before{};
  struct sigaction after{};
  ::sigaction(SIGCHLD, nullptr, &before);

  auto command = lives.command();
  command.die_with_parent = true;
  CHECK(support::outcome_of(command).success());
  CHECK(or_throw(strait::run(raises.command({"0"}))).status.success());

  ::sigaction(SIGCHLD, nullptr, &after);
  CHECK(before.sa_handler == after.sa_handler);
  CHECK(before.sa_flags == after.sa_flags);
}

TEST_CASE("who ignores SIGCHLD gets no_child_process", "[process][posix]") {
  CHECK(support::outcome_of(ignores_sigchld.command({"never"})) == exit_code(0));
  CHECK(support::outcome_of(ignores_sigchld.command({"deadline"})) == exit_code(0));
}

TEST_CASE("who ignores SIGCHLD may have a child that is gone before it is watched",
          "[process][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  const auto role = ignores_sigchld.command({"deadline"});
  CHECK(support::outcome_of(tracer.refusing("pidfd_open", "ESRCH", role)) == exit_code(0));
}

TEST_CASE("who ignores SIGCHLD is told all the same why a program did not start",
          "[process][posix]") {
  const support::temp_directory directory;
  const auto text = directory / u8"text";
  support::make_file(text, "This is not a program.\n");
  REQUIRE(::chmod(text.c_str(), 0700) == 0);

  CHECK(support::outcome_of(ignores_sigchld_and_fails.command({utf8(text)})) == exit_code(0));
}

TEST_CASE("whose exit status somebody else took gets no_child_process", "[process][posix]") {
  CHECK(support::outcome_of(reaps_everything.command()) == exit_code(0));
}

TEST_CASE("no zombies are left", "[process][posix]") {
  for (int round = 0; round < 5; ++round) {
    CHECK(support::outcome_of(raises.command({"0"})).success());
    CHECK_FALSE(strait::spawn({.program = "strait-no-such-program"}));
    auto dying = lives.command();
    dying.input = strait::redirect::pipe();
    dying.die_with_parent = true;
    {
      const auto gone = support::start(dying);
    }
  }

  CHECK(
      support::eventually([] { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }));
}

TEST_CASE("a child that cannot be watched is gone when spawn fails", "[process][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  CHECK(support::outcome_of(tracer.refusing("pidfd_open", "EMFILE", fails_to_spawn.command())) ==
        exit_code(0));
}

TEST_CASE("the end of a child can be polled for", "[process][posix]") {
  auto command = lives.command();
  command.input = strait::redirect::pipe();
  auto child = support::start(command);
  pollfd entry{.fd = child.native(), .events = POLLIN, .revents = 0};

  REQUIRE(entry.fd >= 0);
  CHECK(::poll(&entry, 1, 20) == 0);
  REQUIRE(child.input.close());
  CHECK(::poll(&entry, 1, 20'000) == 1);
  CHECK(child.wait(0ms) == exit_code(0));
}

TEST_CASE("a file that is made for a child belongs to its owner alone", "[process][posix]") {
  const support::temp_directory directory;
  auto command = raises.command({"0"});
  command.output = strait::redirect::file(utf8(directory / u8"out"));
  command.errors = strait::redirect::append(utf8(directory / u8"errors"));
  const auto umask_before = ::umask(0);
  REQUIRE(support::outcome_of(command).success());
  ::umask(umask_before);

  for (const auto* name : {u8"out", u8"errors"}) {
    struct stat facts{};
    REQUIRE(::stat((directory / name).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("ordinary programs work as children", "[process][posix]") {
  const auto sorted = or_throw(strait::run({.program = "sort"}, as_bytes("b\nc\na\n"), soon));

  CHECK(sorted.output == "a\nb\nc\n");
  CHECK(sorted.status.success());
  CHECK(support::outcome_of({.program = "false"}) == exit_code(1));
}

TEST_CASE("closed standard streams of ours do no harm to a child's", "[process][posix]") {
  // A process without standard input opens its next file as number 0: that must reach the child
  // as what it was given as, and as nothing else.
  const auto run = or_throw(
      strait::run({.program = "/bin/sh",
                   .args = {"-c", "exec <&- ; exec \"$0\" \"$@\"", or_throw(strait::program_path()),
                            "--role", "posix.starts_without_input"}},
                  {}, soon));

  CHECK(run.status == exit_code(0));
  CHECK(run.output == "through a pipe");
}

namespace {

const support::role says{"posix.says", [](support::role_args) {
  auto from = or_throw(inherited<strait::pipe_reader>("in"));
  support::write_output(support::text_of(support::rest_of(from)));
  or_throw(from.close());
  return support::inherited_handles().empty() ? 0 : 1;
}};

const support::role starts_without_input{"posix.starts_without_input", [](support::role_args) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = says.command();
  command.give.emplace_back("in", std::move(reader));
  auto child = support::start(command);
  or_throw(strait::write_all(writer, as_bytes("through a pipe"), soon));
  or_throw(writer.close());
  return static_cast<int>(support::end_of(child).value);
}};

}  // namespace
