// SPDX-License-Identifier: MIT
// Shared memory between processes: races, crashes, makers that are stopped, liars.
#include <strait/shared_memory.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <strait/offset_ptr.hpp>
#include <strait/pipe.hpp>
#include <strait/reclaim.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>
#include <strait/typed.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::lifetime;
using strait::or_throw;
using strait::shared_memory;
using strait::typed;
using support::soon;
using support::why;

namespace {

constexpr std::byte yes{1};

// How often it was begun, and by how many it was used.
struct tally {
  static constexpr std::string_view layout_name = "tests: tally 1";
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::uint64_t> begun{1};
};

struct link {
  std::int32_t value = 0;
  strait::offset_ptr<link> next;
};

// What a compiler might lay out in another way for 32 bits than for 64.
struct mixture {
  static constexpr std::string_view layout_name = "tests: mixture 1";
  std::atomic<std::uint8_t> small{0};
  alignas(8) std::atomic<std::uint64_t> number{0};
  std::array<link, 4> list{};
};

void tell(strait::pipe_writer& to) {
  or_throw(write_all(to, {&yes, 1}, soon));
}

bool hear(strait::pipe_reader& from) {
  std::byte heard{};
  return or_throw(from.read({&heard, 1}, soon)) == 1;
}

struct partner {
  strait::duplex_pipe talk;
  strait::child process;
};

partner start(const support::role& role, std::vector<std::string> args) {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto c = role.command(std::move(args));
  c.give.emplace_back("parent", std::move(theirs));
  c.die_with_parent = false;
  return {.talk = std::move(ours), .process = support::start(c)};
}

// Has the memory of that name, made or opened, until its input ends.
const support::role user{"memory-user", [](support::role_args args) {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  const auto memory = or_throw(shared_memory::open_or_create(args[0], 100, {.until = soon}));
  tell(parent.writer);
  return hear(parent.reader) ? 1 : 0;
}};

// At each word it hears it comes and goes with the others, and counts itself.
const support::role racer{"memory-racer", [](support::role_args /*args*/) {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  for (;;) {
    std::array<std::byte, 64> text{};
    const auto size = or_throw(parent.read(text, soon));
    if (size == 0) return 0;
    const std::string name(reinterpret_cast<const char*>(text.data()), size);
    const auto memory = or_throw(typed<tally>::open_or_create(name, {.until = soon}));
    if (memory->begun != 1) return 1;
    memory->sum.fetch_add(1);
    tell(parent.writer);
    if (!hear(parent.reader)) return 2;  // until all have come
  }
}};

// Dies at the step that it is told of what it does with memory of that name.
const support::role victim{"memory-victim", [](support::role_args args) {
  const auto life = args[2] == "persistent" ? lifetime::persistent : lifetime::owned;
  support::kill_at(std::stoul(args[1]));
  auto memory = or_throw(
      typed<tally>::open_or_create(args[0], {.life = life, .max_size = 9000, .until = soon}));
  or_throw(memory.memory().grow(5000));
  or_throw(memory.memory().close());
  or_throw(shared_memory::remove(args[0]));
  return 0;
}};

void use_once(const std::string& name, lifetime life) {
  auto memory = or_throw(typed<tally>::open_or_create(name, {.life = life, .max_size = 9000}));
  or_throw(memory.memory().grow(5000));
  or_throw(memory.memory().close());
  or_throw(shared_memory::remove(name));
}

// Says that it has come to the step that it is told, and never goes on.
const support::role stops{"memory-stops", [](support::role_args args) {
  static auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  support::stop_at(std::stoul(args[1]), [] { tell(parent.writer); });
  use_once(args[0], lifetime::owned);
  return 0;
}};

// Sees what the other one wrote, and changes it.
const support::role mixer{"memory-mixer", [](support::role_args args) {
  auto theirs = or_throw(typed<mixture>::open(args[0]));
  auto& list = theirs->list;
  if (theirs->number != 7 || list[3].value != 8 || list[3].next->value != 9) return 1;
  if (theirs.memory().max_size() != 100'000) return 2;
  theirs->number.fetch_add(3);
  list[3].next = &list[2];
  or_throw(theirs.memory().grow(70'000));
  return 0;
}};

partner start_user(const std::string& name) {
  auto made = start(user, {name});
  REQUIRE(hear(made.talk.reader));
  return made;
}

}  // namespace

TEST_CASE("owned memory outlives its maker, as long as somebody uses it", "[memory]") {
  const auto name = support::unique_name();
  auto maker = start_user(name);
  const auto ours = or_throw(shared_memory::open(name));
  support::kill_hard(maker.process.id());
  CHECK(support::end_of(maker.process) == support::killed_hard());

  auto other = start_user(name);
  CHECK(why(shared_memory::create(name, 10)) == condition::file_exists);
  CHECK(or_throw(shared_memory::reclaim(name)) == false);
  REQUIRE(other.talk.writer.close());
  CHECK(support::end_of(other.process) == support::exit_code(0));
}

TEST_CASE("memory whose last user was killed is never taken for alive", "[memory]") {
  for (std::size_t i = 0; i < support::scaled(50, 3); ++i) {
    const auto name = support::unique_name();
    auto maker = start_user(name);
    support::kill_hard(maker.process.id());
    CHECK(support::end_of(maker.process) == support::killed_hard());

    switch (i % 3) {
      case 0: CHECK(why(shared_memory::open(name)) == condition::no_such_file_or_directory); break;
      case 1: CHECK(or_throw(shared_memory::create(name, 7, {.until = 0ms})).size() == 7); break;
      default: CHECK(or_throw(shared_memory::reclaim(name, 0ms)) != strait::on_windows);
    }
  }
}

TEST_CASE("a stopped user keeps memory alive", "[memory]") {
  const auto name = support::unique_name();
  auto maker = start_user(name);
  support::suspend(maker.process.id());

  CHECK(why(shared_memory::create(name, 10, {.until = 100ms})) == condition::file_exists);
  CHECK(shared_memory::open(name, {.until = 100ms}));

  support::resume(maker.process.id());
  REQUIRE(maker.talk.writer.close());
  CHECK(support::end_of(maker.process) == support::exit_code(0));
}

TEST_CASE("of processes that race for memory one makes it, whoever is killed meanwhile",
          "[memory]") {
  const auto steps = support::count_steps(
      [] { use_once(support::unique_name(), lifetime::owned); });
  const auto count = support::scaled(50, 5);
  std::vector<partner> racers;
  while (racers.size() < count) racers.push_back(start(racer, {}));

  for (std::size_t round = 0; round < support::scaled(500, 5); ++round) {
    const auto name = support::unique_name();
    const auto step = std::to_string(1 + (round % steps));
    auto dies = support::start(victim.command({name, step, "owned"}));
    for (auto& r : racers) or_throw(write_all(r.talk.writer, strait::as_bytes(name), soon));
    for (auto& r : racers) REQUIRE(hear(r.talk.reader));
    CHECK(or_throw(typed<tally>::open(name))->sum == count);
    for (auto& r : racers) tell(r.talk.writer);
    static_cast<void>(support::end_of(dies));  // at its step, or because others use it
    CHECK(support::eventually(
        [&] { return why(typed<tally>::open(name)) == condition::no_such_file_or_directory; }));
  }
  for (auto& r : racers) REQUIRE(r.talk.writer.close());
  for (auto& r : racers) CHECK(support::end_of(r.process) == support::exit_code(0));
}

TEST_CASE("a maker that is stopped holds nobody beyond a deadline", "[memory]") {
  const auto steps = support::count_steps(
      [] { use_once(support::unique_name(), lifetime::owned); });
  std::size_t held_up = 0;
  for (std::size_t step = 1; step <= steps; ++step) {
    const auto name = support::unique_name();
    auto maker = start(stops, {name, std::to_string(step)});
    REQUIRE(hear(maker.talk.reader));
    const auto begin = std::chrono::steady_clock::now();
    const auto got = typed<tally>::open_or_create(name, {.until = 50ms});
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    if (!got) CHECK(got.error() == condition::timed_out);
    if (got) CHECK((*got)->begun == 1);
    held_up += got ? 0U : 1U;
    support::kill_hard(maker.process.id());
    static_cast<void>(support::end_of(maker.process));
    CHECK(or_throw(typed<tally>::open_or_create(name, {.until = soon}))->begun == 1);
  }
  CHECK(held_up > 0);
}

TEST_CASE("a process killed at any step of using memory leaves the name usable", "[memory]") {
  for (const auto* const life : {"owned", "persistent"}) {
    const bool stays = life == std::string_view{"persistent"};
    const auto steps = support::count_steps(
        [&] { use_once(support::unique_name(), stays ? lifetime::persistent : lifetime::owned); });
    REQUIRE(steps > 5);
    for (std::size_t step = 1; step <= steps; ++step) {
      INFO(life << " " << step);
      const auto name = support::unique_name();
      CHECK(support::outcome_of(victim.command({name, std::to_string(step), life})) ==
            support::killed_hard());
      const auto begin = std::chrono::steady_clock::now();
      {
        const auto after = or_throw(typed<tally>::open_or_create(name, {.until = soon}));
        CHECK(after->begun == 1);
        CHECK(after->sum == 0);
      }
      CHECK(std::chrono::steady_clock::now() - begin < (support::under_wine() ? 5s : 1s));
      CHECK(shared_memory::remove(name));
    }
  }
}

TEST_CASE("nothing of dead processes is left after reclaim_all, and the living keep theirs",
          "[memory]") {
  or_throw(strait::reclaim_all());
  const auto kept = support::unique_name();
  const auto alive = or_throw(shared_memory::create(kept, 10));
  const auto steps = support::count_steps(
      [&] { use_once(support::unique_name(), lifetime::owned); });
  std::mt19937 dice{7};  // NOLINT(bugprone-random-generator-seed): the same steps each time
  for (std::size_t i = 0; i < support::scaled(100, 5); ++i) {
    const auto step = std::to_string(1 + (dice() % steps));
    CHECK(support::outcome_of(victim.command({support::unique_name(), step, "owned"})) ==
          support::killed_hard());
  }
  or_throw(strait::reclaim_all());
  CHECK(or_throw(strait::reclaim_all()) == 0);
  CHECK(shared_memory::open(kept));
}

TEST_CASE("a process with pointers of another size shares the same memory", "[memory]") {
  const auto program = support::environment_variable("STRAIT_OTHER_TESTS");
  if (!program) return support::skip("no program of the other kind is named by STRAIT_OTHER_TESTS");
  const auto name = support::unique_name();
  const auto ours = or_throw(typed<mixture>::create(name, {.max_size = 100'000}));
  ours->number = 7;
  ours->list[3] = {.value = 8, .next = &ours->list[1]};
  ours->list[1] = {.value = 9, .next = nullptr};
  auto other = mixer.command({name});
  other.program = *program;

  CHECK(support::outcome_of(other) == support::exit_code(0));
  CHECK(ours->number == 10);
  CHECK(ours->list[3].next.get() == &ours->list[2]);
  CHECK(ours.memory().size() == 70'000);
}
