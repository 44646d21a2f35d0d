// SPDX-License-Identifier: MIT
// Locks of files between processes: crashes, holders that are stopped, many at once.
#include <strait/file_lock.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::file_lock;
using strait::or_throw;
using support::file_place;
using support::soon;
using support::why;

namespace {

constexpr std::byte yes{1};

std::fstream open_numbers(const std::string& path) {
  return std::fstream{support::path_of(path), std::ios::in | std::ios::out | std::ios::binary};
}

std::uint64_t number_in(std::fstream& file) {
  std::uint64_t number = 0;
  file.sync();  // what was read before is old
  file.seekg(0).read(reinterpret_cast<char*>(&number), sizeof number);
  return number;
}

// Says that something is so, and stays until its input ends.
int stay(strait::duplex_pipe& parent) {
  or_throw(write_all(parent.writer, {&yes, 1}, soon));
  std::byte nothing{};
  return or_throw(parent.read({&nothing, 1})) == 0 ? 0 : 1;
}

// Locks the file, "shared" or the range that begins at the number it is told.
const support::role holder{"file-lock-holder", [](support::role_args args) {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  auto file = or_throw(file_lock::open(args[0]));
  const bool is_shared = args[1] == "shared";
  const auto offset = is_shared ? 0 : std::stoull(args[1]);
  const auto held = or_throw(is_shared ? file.lock_shared(soon) : file.lock(soon, {offset}));
  return stay(parent);
}};

const support::role sleeper{"file-lock-sleeper", [](support::role_args /*args*/) {
  static_cast<void>(support::read_input(1));
  return 0;
}};

// Locks the file, and starts a process that lives on when this one is killed.
const support::role parent_of_another{"file-lock-parent", [](support::role_args args) {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  auto file = or_throw(file_lock::open(args[0]));
  const auto held = or_throw(file.lock(soon));
  auto c = sleeper.command();
  c.die_with_parent = false;
  const auto started = support::start(c);
  return stay(parent);
}};

// Adds 1 to the number in the file, again and again, as only one at a time may do it.
const support::role counting{"file-lock-counter", [](support::role_args args) {
  auto file = or_throw(file_lock::open(args[0]));
  const auto path = support::path_of(args[1]);
  for (auto rounds = std::stoul(args[2]); rounds > 0; --rounds) {
    const auto held = or_throw(file.lock(soon));
    support::make_file(path, std::to_string(std::stoul(support::content_of(path)) + 1));
  }
  return 0;
}};

// The same for ever, in a file that holds the number as bytes; tells of each 1 that it has added.
const support::role endless{"file-lock-endless", [](support::role_args args) {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  auto file = or_throw(file_lock::open(args[0]));
  auto counter = open_numbers(args[1]);
  or_throw(write_all(parent.writer, {&yes, 1}, soon));  // it is ready
  for (;;) {
    {
      const auto held = or_throw(file.lock(soon));
      const auto next = number_in(counter) + 1;
      counter.seekp(0).write(reinterpret_cast<const char*>(&next), sizeof next).flush();
    }
    or_throw(write_all(parent.writer, {&yes, 1}, soon));
  }
  return 0;
}};

struct partner {
  strait::duplex_pipe talk;
  strait::child process;
};

partner start(const support::role& script, const file_place& place, const std::string& how) {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto c = script.command({place.path, how});
  c.input = strait::redirect::pipe();
  c.give.emplace_back("parent", std::move(theirs));
  partner made{.talk = std::move(ours), .process = support::start(c)};
  std::byte said{};
  or_throw(read_exactly(made.talk.reader, {&said, 1}, soon));
  return made;
}

partner start_holder(const file_place& place, const std::string& how = "0") {
  return start(holder, place, how);
}

}  // namespace

TEST_CASE("a lock of another process keeps this one out until it is released", "[file_lock]") {
  const file_place place;
  auto file = or_throw(file_lock::open(place.path));
  auto other = start_holder(place);

  CHECK(why(file.lock(0ms)) == condition::timed_out);
  CHECK(why(file.lock_shared(10ms)) == condition::timed_out);

  REQUIRE(other.talk.writer.close());
  CHECK(file.lock(soon));
  CHECK(support::end_of(other.process) == support::exit_code(0));
}

TEST_CASE("processes share a lock", "[file_lock]") {
  const file_place place;
  auto file = or_throw(file_lock::open(place.path));
  auto other = start_holder(place, "shared");

  CHECK(file.lock_shared(0ms));
  CHECK(why(file.lock(0ms)) == condition::timed_out);

  REQUIRE(other.talk.writer.close());
  CHECK(support::end_of(other.process) == support::exit_code(0));
}

TEST_CASE("the lock of a killed process is free at once", "[file_lock]") {
  const file_place place;
  auto file = or_throw(file_lock::open(place.path));
  for (std::size_t i = 0; i < support::scaled(50, 3); ++i) {
    auto other = start_holder(place);
    support::kill_hard(other.process.id());
    // The end of its pipe is the end of the process; only then it is reaped.
    std::byte nothing{};
    CHECK(or_throw(other.talk.read({&nothing, 1}, soon)) == 0);

    CHECK(file.lock(200ms));
    CHECK(support::end_of(other.process) == support::killed_hard());
  }
}

TEST_CASE("who waits for a file gets it within 200 ms of its holder's death", "[file_lock]") {
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    const file_place place;
    auto file = or_throw(file_lock::open(place.path));
    auto other = start_holder(place);
    strait::result<file_lock::held> waited;
    std::chrono::steady_clock::time_point had;
    std::chrono::steady_clock::time_point killed;
    {
      const std::jthread waiting{[&] {
        waited = file.lock(until);
        had = std::chrono::steady_clock::now();
      }};
      CHECK(why(or_throw(file_lock::open(place.path)).lock(150ms)) == condition::timed_out);
      support::kill_hard(other.process.id());
      killed = std::chrono::steady_clock::now();
    }
    CHECK(waited);
    CHECK(had - killed < (support::under_wine() || support::runs_under_sanitizer() ? 2s : 200ms));
    static_cast<void>(support::end_of(other.process));
  }
}

TEST_CASE("a process that is stopped keeps its lock", "[file_lock]") {
  const file_place place;
  auto file = or_throw(file_lock::open(place.path));
  auto other = start_holder(place);
  support::suspend(other.process.id());

  CHECK(why(file.lock(100ms)) == condition::timed_out);

  support::resume(other.process.id());
  REQUIRE(other.talk.writer.close());
  CHECK(file.lock(soon));
  CHECK(support::end_of(other.process) == support::exit_code(0));
}

TEST_CASE("a program that was started by a lock's holder does not have the lock", "[file_lock]") {
  const file_place place;
  auto file = or_throw(file_lock::open(place.path));
  auto other = start(parent_of_another, place, "");

  support::kill_hard(other.process.id());
  CHECK(support::end_of(other.process) == support::killed_hard());

  CHECK(file.lock(soon));
  // And it lives still: there is somebody who reads.
  CHECK(other.process.input.write({&yes, 1}, soon));
}

TEST_CASE("what processes count under a lock adds up", "[file_lock]") {
  const file_place place;
  const file_place counter{"0"};
  const auto rounds = support::scaled(1000, 10);
  std::vector<strait::child> children;
  while (children.size() < 6) {
    children.push_back(
        support::start(counting.command({place.path, counter.path, std::to_string(rounds)})));
  }
  for (auto& child : children) CHECK(support::end_of(child) == support::exit_code(0));
  CHECK(counter.content() == std::to_string(6 * rounds));
}

TEST_CASE("processes that are killed while they count lose nothing and stop nobody",
          "[file_lock]") {
  const file_place place;
  const file_place counter{std::string(sizeof(std::uint64_t), '\0')};
  std::mt19937 random{7};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  std::uniform_int_distribution<std::size_t> some{1, 12};
  std::vector<partner> all;
  while (all.size() < 4) all.push_back(start(endless, place, counter.path));

  std::size_t told = 0;
  std::size_t killed = 0;
  const auto kill = [&](partner& one, std::size_t after) {
    std::vector<std::byte> words(after);
    or_throw(read_exactly(one.talk.reader, words, soon));
    support::kill_hard(one.process.id());
    told += after + support::rest_of(one.talk.reader).size();
    CHECK(support::end_of(one.process) == support::killed_hard());
    ++killed;
  };
  for (std::size_t i = 0; i < support::scaled(100, 6); ++i) {
    auto& one = all[i % all.size()];
    kill(one, some(random));
    one = start(endless, place, counter.path);
  }
  for (auto& one : all) kill(one, 1);

  auto file = or_throw(file_lock::open(place.path));
  CHECK(file.lock(soon));
  auto numbers = open_numbers(counter.path);
  const auto counted = number_in(numbers);
  CHECK(counted >= told);
  CHECK(counted <= told + killed);  // what was added, but not told of any more
}

TEST_CASE("processes lock ranges of a file beyond 4 GiB", "[file_lock]") {
  const file_place place;
  auto file = or_throw(file_lock::open(place.path));
  constexpr auto high = std::uint64_t{5} << 32U;
  if (!file.lock(0ms, {.size = 1})) return support::skip("this system locks whole files only");
  auto other = start_holder(place, std::to_string(high));

  CHECK(file.lock(0ms, {.offset = 0, .size = high}));
  CHECK(why(file.lock(0ms, {.offset = high + 1000, .size = 1})) == condition::timed_out);
  CHECK(why(file.lock(0ms)) == condition::timed_out);

  REQUIRE(other.talk.writer.close());
  CHECK(file.lock(soon, {.offset = high}));
  CHECK(support::end_of(other.process) == support::exit_code(0));
}
