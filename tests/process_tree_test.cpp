// SPDX-License-Identifier: MIT
// Children that die with their parent, and all that they started.
//
// Every process of the tree holds an end of the pipe "life": when the last one has gone, whoever
// reads it finds the end of the stream. No process has to be asked whether it lives.
#include <strait/process.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::inherited;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

// From here on, being asked to stop does not end this process.
void be_deaf() {
  static_cast<void>(strait::stop_requested());
}

void sleep_for_ever() {
  for (;;) static_cast<void>(strait::wait_for_stop());
}

// The leaf of the tree: says that it is there, and stays.
const support::role leaf{"tree.leaf", [](support::role_args) {
  be_deaf();
  auto life = or_throw(inherited<strait::pipe_writer>("life"));
  or_throw(life.write(as_bytes("!"), soon));
  sleep_for_ever();
  return 0;
}};

// Starts a leaf as an ordinary child, and stays.
const support::role branch{"tree.branch", [](support::role_args) {
  be_deaf();
  auto life = or_throw(inherited<strait::pipe_writer>("life"));
  auto command = leaf.command();
  command.give.emplace_back("life", or_throw(life.duplicate()));
  const auto child = support::start(command);
  sleep_for_ever();
  return 0;
}};

// Starts a branch that is to die with it. Its argument tells what it does then.
const support::role root{"tree.root", [](support::role_args args) {
  auto life = or_throw(inherited<strait::pipe_writer>("life"));
  auto end = or_throw(inherited<strait::pipe_reader>("end"));
  auto command = branch.command();
  command.die_with_parent = true;
  command.give.emplace_back("life", or_throw(life.duplicate()));
  const auto child = support::start(command);
  std::byte one{};
  or_throw(end.read({&one, 1}));  // the test lets it go on, when the whole tree is there
  if (args[0] == "returns") return 7;
  if (args[0] == "is killed") support::kill_this_process();
  if (args[0] == "aborts") std::abort();
  sleep_for_ever();
  return 0;
}};

// Is killed at a step of starting a leaf; ends with 0 if there are not so many steps.
const support::role killed_while_starting{"tree.killed_while_starting",
                                          [](support::role_args args) {
  auto life = or_throw(inherited<strait::pipe_writer>("life"));
  auto command = leaf.command();
  command.die_with_parent = true;
  command.give.emplace_back("life", or_throw(life.duplicate()));
  support::kill_at(std::stoul(args[0]));
  auto child = support::start(command);
  or_throw(child.kill());
  or_throw(child.wait(soon));
  return 0;
}};

// Lives until "end" ends.
const support::role outlives{"tree.outlives", [](support::role_args) {
  auto life = or_throw(inherited<strait::pipe_writer>("life"));
  auto end = or_throw(inherited<strait::pipe_reader>("end"));
  or_throw(life.write(as_bytes("!"), soon));
  static_cast<void>(support::rest_of(end));
  return 0;
}};

const support::role starts_and_returns{"tree.starts_and_returns", [](support::role_args) {
  auto command = outlives.command();
  command.give.emplace_back("life", or_throw(inherited<strait::pipe_writer>("life")));
  command.give.emplace_back("end", or_throw(inherited<strait::pipe_reader>("end")));
  static_cast<void>(support::start(command));
  return 0;
}};

struct tree {
  strait::child root;
  strait::pipe_reader life;
  strait::pipe_writer end;
};

// A root, a branch and a leaf, which has said that it is there.
tree grow(const std::string& what_then) {
  auto life = or_throw(strait::pipe::create());
  auto end = or_throw(strait::pipe::create());
  auto command = root.command({what_then});
  command.give.emplace_back("life", std::move(life.writer));
  command.give.emplace_back("end", std::move(end.reader));
  tree t{.root = support::start(command),
         .life = std::move(life.reader),
         .end = std::move(end.writer)};
  std::byte one{};
  or_throw(strait::read_exactly(t.life, {&one, 1}, soon));
  return t;
}

// The whole tree is to be gone a second after the root: more on a machine that has much to do.
constexpr auto a_second = 5s;

bool all_gone(strait::pipe_reader& life) {
  std::byte one{};
  return life.read({&one, 1}, a_second) == 0;
}

}  // namespace

TEST_CASE("a tree dies with its parent that is killed", "[process]") {
  auto t = grow("is killed");
  std::byte one{};
  CHECK(why(t.life.read({&one, 1}, 20ms)) == std::errc::timed_out);

  REQUIRE(t.end.write(as_bytes("!"), soon) == 1);

  CHECK(support::end_of(t.root) == support::killed_hard());
  CHECK(all_gone(t.life));
}

TEST_CASE("a tree dies within a second", "[process][exclusive]") {
  auto t = grow("waits");
  support::kill_hard(t.root.id());
  REQUIRE(support::end_of(t.root) == support::killed_hard());
  const auto begin = std::chrono::steady_clock::now();

  CHECK(all_gone(t.life));

  if (!support::runs_under_sanitizer()) CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

TEST_CASE("a tree dies with its parent that returns from main", "[process]") {
  auto t = grow("returns");

  REQUIRE(t.end.write(as_bytes("!"), soon) == 1);

  CHECK(support::end_of(t.root) == exit_code(7));
  CHECK(all_gone(t.life));
}

TEST_CASE("a tree dies with its parent that aborts", "[process]") {
  auto t = grow("aborts");

  REQUIRE(t.end.write(as_bytes("!"), soon) == 1);

  CHECK_FALSE(support::end_of(t.root).success());
  CHECK(all_gone(t.life));
}

namespace {

struct planted {
  strait::child branch;
  strait::pipe_reader life;
};

// A branch and a leaf that are to die with this process.
planted plant() {
  auto life = or_throw(strait::pipe::create());
  auto command = branch.command();
  command.die_with_parent = true;
  command.give.emplace_back("life", std::move(life.writer));
  planted p{.branch = support::start(command), .life = std::move(life.reader)};
  std::byte one{};
  or_throw(strait::read_exactly(p.life, {&one, 1}, soon));
  return p;
}

}  // namespace

TEST_CASE("a tree dies when the object of its child goes", "[process]") {
  auto p = plant();

  p.branch = {};

  CHECK(all_gone(p.life));
}

TEST_CASE("killing a child that is to die with its parent kills all that it started", "[process]") {
  auto p = plant();

  REQUIRE(p.branch.kill());

  CHECK(support::end_of(p.branch) == support::killed_by_strait());
  CHECK(all_gone(p.life));
}

TEST_CASE("stopping a child that is to die with its parent kills all that it started",
          "[process]") {
  auto p = plant();

  CHECK(p.branch.stop(20ms) == support::killed_by_strait());
  p.branch = {};

  CHECK(all_gone(p.life));
}

TEST_CASE("what a child leaves behind dies when its object goes", "[process]") {
  auto p = plant();
  support::kill_hard(p.branch.id());
  CHECK(support::end_of(p.branch) == support::killed_hard());

  p.branch = {};

  CHECK(all_gone(p.life));
}

TEST_CASE("whose parent is killed while it is started does not live on", "[process]") {
  const auto start_with = [](std::size_t step, strait::pipe_writer life) {
    auto command = killed_while_starting.command({std::to_string(step)});
    command.give.emplace_back("life", std::move(life));
    return command;
  };
  constexpr std::size_t far_too_many = 1'000;
  std::size_t step = 1;
  for (; step < far_too_many; ++step) {
    auto [reader, writer] = or_throw(strait::pipe::create());
    const auto end = support::outcome_of(start_with(step, std::move(writer)));
    std::vector<std::byte> said(2);
    strait::result<std::size_t> got = reader.read(said, a_second);
    if (got == 1) got = reader.read(said, a_second);  // the leaf had come to say that it was there
    INFO("killed at step " << step);
    CHECK(got == 0);
    if (end == exit_code(0)) break;
    REQUIRE(end == support::killed_hard());
  }

  CHECK(step > 3);  // or there are no fail points in spawn
  CHECK(step < far_too_many);
}

TEST_CASE("a child that is to die with its parent may end before", "[process]") {
  auto end = or_throw(strait::pipe::create());
  auto life = or_throw(strait::pipe::create());
  auto command = outlives.command();
  command.die_with_parent = true;
  command.give.emplace_back("life", std::move(life.writer));
  command.give.emplace_back("end", std::move(end.reader));
  auto child = support::start(command);

  REQUIRE(end.writer.close());

  CHECK(support::end_of(child) == exit_code(0));
  CHECK(child.kill());  // there is nothing to kill, which is no failure
  CHECK(child.wait(soon) == exit_code(0));
}

TEST_CASE("an ordinary child outlives its parent", "[process]") {
  auto life = or_throw(strait::pipe::create());
  auto end = or_throw(strait::pipe::create());
  auto command = starts_and_returns.command();
  command.give.emplace_back("life", std::move(life.writer));
  command.give.emplace_back("end", std::move(end.reader));
  REQUIRE(support::outcome_of(command) == exit_code(0));

  std::byte one{};
  REQUIRE(strait::read_exactly(life.reader, {&one, 1}, soon));
  CHECK(why(life.reader.read({&one, 1}, 50ms)) == std::errc::timed_out);
  REQUIRE(end.writer.close());
  CHECK(life.reader.read({&one, 1}, soon) == 0);
}
