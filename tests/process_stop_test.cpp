// SPDX-License-Identifier: MIT
// Ending a child: by asking, and by force.
#include <strait/process.hpp>

#include <array>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
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

// Says that it is ready, waits until it is asked to end, and writes its last words.
const support::role leaves_when_asked{"stop.leaves_when_asked", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  const bool before = strait::stop_requested();
  or_throw(strait::write_all(to, as_bytes("ready"), soon));
  or_throw(strait::wait_for_stop(soon));
  if (before || !strait::stop_requested()) return 1;
  or_throw(strait::write_all(to, as_bytes("goodbye"), soon));
  return 7;
}};

// The same, looking now and then.
const support::role looks_now_and_then{"stop.looks_now_and_then", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  const bool before = strait::stop_requested();
  or_throw(strait::write_all(to, as_bytes("ready"), soon));
  const bool asked = support::eventually([] { return strait::stop_requested(); });
  return asked && !before ? 7 : 1;
}};

// Hears, and does not mind.
const support::role stays{"stop.stays", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  static_cast<void>(strait::stop_requested());
  or_throw(strait::write_all(to, as_bytes("ready"), soon));
  static_cast<void>(support::read_input());
  return 0;
}};

const support::role waits_in_vain{"stop.waits_in_vain", [](support::role_args) {
  if (why(strait::wait_for_stop(0ms)) != std::errc::timed_out) return 1;
  if (why(strait::wait_for_stop(20ms)) != std::errc::timed_out) return 2;
  std::stop_source source;
  strait::result<> waited;
  {
    const std::jthread waiting{[&] { waited = strait::wait_for_stop({soon, source.get_token()}); }};
    source.request_stop();
  }
  if (why(waited) != std::errc::operation_canceled) return 3;
  return strait::stop_requested() ? 4 : 0;
}};

// Two threads and the main one wait: all of them hear.
const support::role all_threads_hear{"stop.all_threads_hear", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  static_cast<void>(strait::stop_requested());
  strait::result<> first;
  strait::result<> second;
  {
    const std::jthread one{[&] { first = strait::wait_for_stop(soon); }};
    const std::jthread two{[&] { second = strait::wait_for_stop(soon); }};
    or_throw(strait::write_all(to, as_bytes("ready"), soon));
    or_throw(strait::wait_for_stop(soon));
  }
  return first && second && strait::wait_for_stop(0ms) ? 7 : 1;
}};

struct ready_child {
  strait::child child;
  strait::pipe_reader out;
};

// A child in that role, which has said that it is ready.
ready_child start_ready(const support::role& role, bool die_with_parent = false) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = role.command();
  command.input = strait::redirect::pipe();
  command.die_with_parent = die_with_parent;
  command.give.emplace_back("out", std::move(writer));
  ready_child c{.child = support::start(command), .out = std::move(reader)};
  std::array<std::byte, 5> word{};
  or_throw(strait::read_exactly(c.out, word, soon));
  return c;
}

}  // namespace

TEST_CASE("a child that is asked to end writes its last words and leaves", "[process]") {
  auto c = start_ready(leaves_when_asked);

  CHECK(c.child.stop(soon) == exit_code(7));

  CHECK(support::text_of(support::rest_of(c.out)) == "goodbye");
  CHECK(c.child.wait(soon) == exit_code(7));
}

TEST_CASE("a child may look now and then whether it has been asked to end", "[process]") {
  auto c = start_ready(looks_now_and_then);

  CHECK(c.child.stop(soon) == exit_code(7));
}

TEST_CASE("all who wait to be asked hear it", "[process]") {
  auto c = start_ready(all_threads_hear);

  CHECK(c.child.stop(soon) == exit_code(7));
}

TEST_CASE("a child that is to die with its parent can be asked, too", "[process]") {
  auto c = start_ready(leaves_when_asked, true);

  CHECK(c.child.stop(soon) == exit_code(7));
}

TEST_CASE("a child that does not mind is killed when grace is over", "[process]") {
  auto c = start_ready(stays);
  const auto begin = std::chrono::steady_clock::now();

  CHECK(c.child.stop(50ms) == support::killed_by_strait());

  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
}

TEST_CASE("without grace a child is killed at once", "[process]") {
  auto c = start_ready(stays);

  CHECK(c.child.stop(0ms) == support::killed_by_strait());
}

TEST_CASE("a stop token ends the grace, and the child", "[process]") {
  auto c = start_ready(stays);
  std::stop_source source;
  source.request_stop();

  CHECK(c.child.stop({soon, source.get_token()}) == support::killed_by_strait());
}

TEST_CASE("a frozen child is killed, too", "[process]") {
  auto c = start_ready(leaves_when_asked);
  support::suspend(c.child.id());

  CHECK(c.child.stop(20ms) == support::killed_by_strait());
}

TEST_CASE("stopping a child that has ended tells how it ended", "[process]") {
  auto c = start_ready(stays);
  REQUIRE(c.child.input.close());
  REQUIRE(c.child.wait(soon) == exit_code(0));

  CHECK(c.child.stop(soon) == exit_code(0));
  CHECK(c.child.stop(0ms) == exit_code(0));
}

TEST_CASE("nobody asks a process that nobody wants to end", "[process]") {
  CHECK(support::outcome_of(waits_in_vain.command()) == exit_code(0));
}

TEST_CASE("asking one child leaves the others alone", "[process]") {
  auto one = start_ready(leaves_when_asked);
  auto two = start_ready(leaves_when_asked);

  CHECK(one.child.stop(soon) == exit_code(7));
  CHECK(why(two.child.wait(20ms)) == std::errc::timed_out);
  CHECK(two.child.stop(soon) == exit_code(7));
}
