// SPDX-License-Identifier: MIT
// Leases between processes: races, crashes, holders that are stopped.
#include <strait/lease.hpp>

#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::lease;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

constexpr std::byte yes{1};
constexpr std::byte no{0};

void tell(strait::pipe_writer& to, std::byte what) {
  or_throw(write_all(to, {&what, 1}, soon));
}

std::byte hear(strait::pipe_reader& from) {
  std::byte heard{};
  or_throw(read_exactly(from, {&heard, 1}, soon));
  return heard;
}

// Takes the lease, says so, and keeps it until its input ends.
const support::role holder{"lease-holder", [](support::role_args args) {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  const auto held = or_throw(lease::acquire(args[0], soon));
  tell(parent.writer, yes);
  std::byte nothing{};
  return or_throw(parent.read({&nothing, 1})) == 0 ? 0 : 1;
}};

// Each time it hears something it tries once, tells whether it has it, and lets go at the next
// word.
const support::role racer{"lease-racer", [](support::role_args args) {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  std::byte go{};
  while (or_throw(parent.read({&go, 1}, soon)) != 0) {
    auto held = lease::acquire(args[0], 0ms);
    if (!held && held.error() != condition::timed_out) throw strait::failure{held.error()};
    tell(parent.writer, held ? yes : no);
    hear(parent.reader);
  }
  return 0;
}};

// Dies at the step of taking or giving back that it is told.
const support::role victim{"lease-victim", [](support::role_args args) {
  support::kill_at(std::stoul(args[1]));
  auto held = or_throw(lease::acquire(args[0], soon));
  or_throw(held.release());
  return 0;
}};

struct partner {
  strait::duplex_pipe talk;
  strait::child process;
};

partner start(const support::role& role, const std::string& name) {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto c = role.command({name});
  c.give.emplace_back("parent", std::move(theirs));
  c.die_with_parent = false;
  return {.talk = std::move(ours), .process = support::start(c)};
}

partner start_holder(const std::string& name) {
  auto made = start(holder, name);
  REQUIRE(hear(made.talk.reader) == yes);
  return made;
}

}  // namespace

TEST_CASE("another process's lease names that process", "[lease]") {
  const auto name = support::unique_name();
  auto other = start_holder(name);

  CHECK(or_throw(lease::holder(name)).value_or(strait::process_identity{}).id ==
        other.process.id());
  CHECK(why(lease::acquire(name, 0ms)) == condition::timed_out);

  REQUIRE(other.talk.writer.close());
  CHECK(lease::acquire(name, soon));
  CHECK(support::end_of(other.process) == support::exit_code(0));
}

TEST_CASE("the lease of a killed process is free at once, also while it is a zombie", "[lease]") {
  const auto name = support::unique_name();
  for (std::size_t i = 0; i < support::scaled(50, 3); ++i) {
    auto other = start_holder(name);
    support::kill_hard(other.process.id());
    // The end of its pipe is the end of the process; only then it is reaped.
    std::byte nothing{};
    CHECK(or_throw(other.talk.read({&nothing, 1}, soon)) == 0);
    REQUIRE(support::eventually([&] { return or_throw(lease::holder(name)) == std::nullopt; }));

    CHECK(lease::acquire(name, 0ms));
    CHECK(support::end_of(other.process) == support::killed_hard());
  }
}

TEST_CASE("who waits for a lease gets it within 200 ms of its holder's death", "[lease]") {
  const auto name = support::unique_name();
  auto other = start_holder(name);
  strait::result<lease> waited;
  std::chrono::steady_clock::time_point had;
  std::chrono::steady_clock::time_point killed;
  {
    const std::jthread waiting{[&] {
      waited = lease::acquire(name, soon);
      had = std::chrono::steady_clock::now();
    }};
    CHECK(why(lease::acquire(name, 150ms)) == condition::timed_out);
    support::kill_hard(other.process.id());
    killed = std::chrono::steady_clock::now();
  }
  CHECK(waited);
  CHECK(had - killed < (support::under_wine() || support::runs_under_sanitizer() ? 2s : 200ms));
  static_cast<void>(support::end_of(other.process));
}

TEST_CASE("a holder that is stopped keeps its lease", "[lease]") {
  const auto name = support::unique_name();
  auto other = start_holder(name);
  support::suspend(other.process.id());

  CHECK(why(lease::acquire(name, 100ms)) == condition::timed_out);
  CHECK(or_throw(lease::holder(name)).value_or(strait::process_identity{}).id ==
        other.process.id());

  support::resume(other.process.id());
  REQUIRE(other.talk.writer.close());
  CHECK(support::end_of(other.process) == support::exit_code(0));
}

TEST_CASE("a process killed at any step of taking a lease leaves the name usable", "[lease]") {
  const auto steps = support::count_steps(
      [] { or_throw(or_throw(lease::acquire(support::unique_name(), 0ms)).release()); });
  REQUIRE(steps > 0);
  for (std::size_t step = 1; step <= steps; ++step) {
    const auto name = support::unique_name();
    CHECK(support::outcome_of(victim.command({name, std::to_string(step)})) ==
          support::killed_hard());
    INFO(step);
    CHECK(or_throw(lease::holder(name)) == std::nullopt);
    CHECK(lease::acquire(name, 0ms));
  }
}

TEST_CASE("of a hundred processes that race for a lease one gets it, each time", "[lease]") {
  const auto name = support::unique_name();
  const auto count = support::scaled(100, 6);
  const auto rounds = support::scaled(200, 5);
  std::vector<partner> racers;
  while (racers.size() < count) racers.push_back(start(racer, name));

  for (std::size_t round = 0; round < rounds; ++round) {
    for (auto& r : racers) tell(r.talk.writer, yes);
    std::size_t winners = 0;
    for (auto& r : racers) winners += hear(r.talk.reader) == yes ? 1U : 0U;
    REQUIRE(winners == 1);
    for (auto& r : racers) tell(r.talk.writer, yes);
    // Only when it was given back the next round may begin.
    REQUIRE(support::eventually([&] { return or_throw(lease::holder(name)) == std::nullopt; }));
  }
  for (auto& r : racers) REQUIRE(r.talk.writer.close());
  for (auto& r : racers) CHECK(support::end_of(r.process) == support::exit_code(0));
}
