// SPDX-License-Identifier: MIT
// No write to a pipe ever lets SIGPIPE reach the application, and nothing that the application has
// said about SIGPIPE is changed.
#include <strait/pipe.hpp>

#include <pthread.h>
#include <array>
#include <atomic>
#include <csignal>
#include <vector>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

std::atomic<int>& caught() noexcept {
  static std::atomic<int> count = 0;
  return count;
}

void catch_signal(int /*signal*/) noexcept {
  ++caught();
}

using action = struct sigaction;

action current_action() noexcept {
  action now{};
  ::sigaction(SIGPIPE, nullptr, &now);
  return now;
}

bool is_blocked() noexcept {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, SIGPIPE) == 1;
}

bool is_pending() noexcept {
  sigset_t pending;
  ::sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

void block(bool on) noexcept {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGPIPE);
  ::pthread_sigmask(on ? SIG_BLOCK : SIG_UNBLOCK, &only, nullptr);
}

// All the ways to write to a pipe that nobody reads. All of them fail.
bool all_writes_are_broken_pipes() {
  auto [reader, writer] = or_throw(strait::pipe::create());
  static_cast<void>(reader.close());
  const std::array<strait::const_bytes, 2> pieces{as_bytes("two "), as_bytes("pieces")};
  for (const strait::deadline& until : {strait::deadline{}, {0ms}, {soon}}) {
    if (why(writer.write(as_bytes("x"), until)) != std::errc::broken_pipe) return false;
    if (why(writer.write(pieces, until)) != std::errc::broken_pipe) return false;
  }
  return true;
}

// Each of these returns 0 if all is well; SIGPIPE would kill the first one.
const support::role has_default{"sigpipe.has_default", [](support::role_args) {
  if (current_action().sa_handler != SIG_DFL || is_blocked()) return 1;
  if (!all_writes_are_broken_pipes()) return 2;
  return current_action().sa_handler == SIG_DFL && !is_blocked() ? 0 : 3;
}};

const support::role has_handler{"sigpipe.has_handler", [](support::role_args) {
  action wish{};
  wish.sa_handler = catch_signal;
  ::sigaction(SIGPIPE, &wish, nullptr);
  if (!all_writes_are_broken_pipes()) return 1;
  if (current_action().sa_handler != catch_signal || is_blocked()) return 2;
  return caught() == 0 ? 0 : 3;
}};

const support::role blocks_it{"sigpipe.blocks_it", [](support::role_args) {
  block(true);
  if (!all_writes_are_broken_pipes()) return 1;
  return is_blocked() && !is_pending() ? 0 : 2;
}};

const support::role has_it_pending{"sigpipe.has_it_pending", [](support::role_args) {
  action wish{};
  wish.sa_handler = catch_signal;
  ::sigaction(SIGPIPE, &wish, nullptr);
  block(true);
  ::pthread_kill(::pthread_self(), SIGPIPE);
  if (!is_pending()) return 1;
  if (!all_writes_are_broken_pipes()) return 2;
  if (!is_blocked() || !is_pending()) return 3;
  block(false);
  return caught() == 1 && !is_pending() ? 0 : 4;  // the one that was pending before
}};

const std::vector<const support::role*> all_roles{&has_default, &has_handler, &blocks_it,
                                                  &has_it_pending};

}  // namespace

TEST_CASE("a broken pipe kills no process that does not care about SIGPIPE", "[pipe][posix]") {
  CHECK(support::outcome_of(has_default.command()) == exit_code(0));
}

TEST_CASE("a broken pipe calls nobody's handler of SIGPIPE", "[pipe][posix]") {
  CHECK(support::outcome_of(has_handler.command()) == exit_code(0));
}

TEST_CASE("a broken pipe leaves no SIGPIPE pending where it is blocked", "[pipe][posix]") {
  CHECK(support::outcome_of(blocks_it.command()) == exit_code(0));
}

TEST_CASE("a SIGPIPE that was pending before a broken pipe stays pending", "[pipe][posix]") {
  CHECK(support::outcome_of(has_it_pending.command()) == exit_code(0));
}

TEST_CASE("SIGPIPE is kept away by kernels without RWF_NOSIGNAL, too", "[pipe][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  for (const auto* role : all_roles) {
    CHECK(support::outcome_of(tracer.refusing_flags(role->command())) == exit_code(0));
  }
}
