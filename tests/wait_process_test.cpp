// SPDX-License-Identifier: MIT
// wait_any: children that end.
#include <strait/wait.hpp>

#include <array>
#include <chrono>
#include <random>
#include <vector>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using strait::readiness;
using strait::wait_any;
using support::soon;
using support::why;

namespace {

// Ends when its standard input does.
const support::role ends_with_its_input{"wait.children.end_with_their_input",
                                        [](support::role_args) {
  static_cast<void>(support::read_input());
  return 0;
}};

strait::child start_child() {
  auto command = ends_with_its_input.command();
  command.input = strait::redirect::pipe();
  command.output = strait::redirect::pipe();
  return support::start(command);
}

// Waits for its children, which end one after the other. A process of its own: of Windows' thread
// pool, which helps with so many, something stays open in between.
const support::role waits_for_many{"wait.waits_for_many_children", [](support::role_args) {
  const auto count = support::scaled(700, 70);
  if (!support::allow_handles((3 * count) + 100)) return 4;
  std::vector<strait::child> children(count);
  for (auto& c : children) c = start_child();
  std::mt19937 dice{4};  // NOLINT(bugprone-random-generator-seed): the same each time

  for (bool is_first = true; !children.empty(); is_first = false) {
    std::vector<readiness> things;
    for (const auto& c : children) things.push_back(c.exited());
    if (is_first && why(wait_any(things, 0ms)) != std::errc::timed_out) return 1;
    const auto chosen = is_first ? children.size() - 1 : dice() % children.size();
    or_throw(children[chosen].input.close());
    if (or_throw(wait_any(things, soon)) != chosen) return 2;
    if (!or_throw(children[chosen].wait(0ms)).success()) return 3;
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  return 0;
}};

}  // namespace

TEST_CASE("a child is ready when it has ended, and stays so", "[wait]") {
  auto child = start_child();
  std::array things{child.exited(), child.output.readable()};
  CHECK(why(wait_any(things, 0ms)) == std::errc::timed_out);

  REQUIRE(child.input.close());
  while (!things[0].is_ready()) REQUIRE(wait_any(things, soon));

  CHECK(child.wait(0ms) == support::exit_code(0));
  CHECK(wait_any({child.exited()}, 0ms) == 0);
  CHECK(wait_any({child.output.readable()}, soon) == 0);  // its end
}

TEST_CASE("a child that is killed is ready, and so are its pipes", "[wait]") {
  auto child = start_child();
  std::array things{child.exited(), child.output.readable(), child.input.writable()};
  support::kill_hard(child.id());

  CHECK(wait_any({child.exited()}, soon) == 0);
  const auto all_ready = [&] {
    return wait_any(things, soon) && things[0].is_ready() && things[1].is_ready() &&
           things[2].is_ready();
  };
  CHECK(support::eventually(all_ready));

  CHECK(child.wait(0ms) == support::killed_hard());
  std::byte one{};
  CHECK(child.output.read({&one, 1}, 0ms) == 0);
  CHECK(why(child.input.write({&one, 1}, 0ms)) == std::errc::broken_pipe);
}

TEST_CASE("more children are waited for than one call of the system takes", "[wait]") {
  CHECK(support::outcome_of(waits_for_many.command()) == support::exit_code(0));
}
