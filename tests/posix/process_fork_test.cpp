// SPDX-License-Identifier: MIT
// A process that forks without becoming another program: its copy may only let go of what it has.
#include <strait/process.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

const support::role lives{"fork.lives", [](support::role_args) {
  static_cast<void>(support::read_input());
  return 7;
}};

// Has a child that is to die with it, and a copy that lets go of that child.
const support::role has_a_copy{"fork.has_a_copy", [](support::role_args) {
  auto command = lives.command();
  command.input = strait::redirect::pipe();
  command.die_with_parent = true;
  auto child = support::start(command);
  const pid_t copy = ::fork();
  if (copy == 0) {
    child = {};
    std::_Exit(0);
  }
  if (::waitpid(copy, nullptr, 0) != copy) return 1;
  if (why(child.wait(50ms)) != std::errc::timed_out) return 2;
  or_throw(child.input.close());
  return child.wait(soon) == exit_code(7) ? 0 : 3;
}};

}  // namespace

TEST_CASE("a forked copy of a parent does not kill the parent's children", "[process][posix]") {
  CHECK(support::outcome_of(has_a_copy.command()) == exit_code(0));
}
