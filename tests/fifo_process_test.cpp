// SPDX-License-Identifier: MIT
// FIFOs between processes, any of which may be killed or frozen.
#include <strait/fifo.hpp>

#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/fifos.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::inherited;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

// NAME: has a reader, says so, and reads nothing.
const support::role holds_reader{"fifo.holds_reader", [](support::role_args args) {
  auto reader = or_throw(fifo_reader::create(args[0]));
  auto ready = or_throw(inherited<strait::pipe_writer>("ready"));
  or_throw(ready.write(as_bytes("!"), soon));
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

// NAME: writes half of what it has to say, and goes on holding its end.
const support::role holds_writer{"fifo.holds_writer", [](support::role_args args) {
  auto writer = or_throw(fifo_writer::open(args[0], soon));
  or_throw(writer.write(as_bytes("half"), soon));
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

// NAME STEP: makes a reader, and is killed at that step.
const support::role dies_creating{"fifo.dies_creating", [](support::role_args args) {
  support::kill_at(static_cast<std::size_t>(std::stoul(args[1])));
  const auto reader = or_throw(fifo_reader::create(args[0]));
  return 0;
}};

// NAME: finds that the name is taken.
const support::role claims{"fifo.claims", [](support::role_args args) {
  const auto reader = fifo_reader::create(args[0]);
  return why(reader) == std::errc::address_in_use ? 0 : 1;
}};

// NAME: opens the reader, reads to the end, and answers with the count.
const support::role counts_to_end{"fifo.counts_to_end", [](support::role_args args) {
  auto reader = or_throw(fifo_reader::open(args[0], soon));
  return static_cast<int>(support::rest_of(reader).size());
}};

// A process that has the reader of that name, and has said so.
strait::child start_reader(const std::string& name) {
  auto ready = or_throw(strait::pipe::create());
  auto command = holds_reader.command({name});
  command.give.emplace_back("ready", std::move(ready.writer));
  auto child = support::start(command);
  std::byte hello{};
  or_throw(strait::read_exactly(ready.reader, {&hello, 1}, soon));
  return child;
}

// NAME TEXT: writes it and leaves.
const support::role says{"fifo.says", [](support::role_args args) {
  auto writer = or_throw(fifo_writer::open(args[0], soon));
  return or_throw(writer.write(as_bytes(args[1]), soon)) == args[1].size() ? 0 : 1;
}};

}  // namespace

TEST_CASE("processes open a FIFO in either order", "[fifo]") {
  const auto name = support::unique_name();
  for (const bool writer_first : {true, false}) {
    const auto writing = says.command({name, "hello"});
    const auto reading = counts_to_end.command({name});
    auto first = support::start(writer_first ? writing : reading);
    auto second = support::start(writer_first ? reading : writing);
    const auto one = support::end_of(first);
    const auto two = support::end_of(second);
    CHECK((writer_first ? one : two).success());
    CHECK((writer_first ? two : one) == support::exit_code(5));
  }
}

TEST_CASE("a reader that is killed is broken_pipe to its writers, and another takes over at once",
          "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  auto writer = or_throw(fifo_writer::open(name, soon));
  support::fill(writer);

  const std::vector<std::byte> much(100'000);
  strait::result<> written;
  {
    const std::jthread waiting{[&] { written = strait::write_all(writer, much, soon); }};
    support::kill_hard(child.id());
  }
  CHECK(why(written) == std::errc::broken_pipe);
  CHECK(support::end_of(child) == support::killed_hard());

  auto reader = or_throw(fifo_reader::create(name));  // while the old writer is still there
  auto next = or_throw(fifo_writer::open(name, 0ms));
  REQUIRE(next.write(as_bytes("new"), soon) == 3);
  std::array<std::byte, 8> buffer{};
  REQUIRE(reader.read(buffer, soon) == 3);
  CHECK(support::text_of(strait::bytes{buffer}.first(3)) == "new");
  CHECK(why(writer.write(as_bytes("x"), soon)) == std::errc::broken_pipe);
}

TEST_CASE("what a killed reader left is nobody to write to", "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  support::kill_hard(child.id());
  CHECK(support::end_of(child) == support::killed_hard());

  CHECK(why(fifo_writer::open(name, 30ms)) == std::errc::timed_out);
  strait::result<fifo_writer> writer;
  strait::result<fifo_reader> reader;
  {
    const std::jthread waiting{[&] { writer = fifo_writer::open(name, soon); }};
    reader = fifo_reader::open(name, soon);
  }
  CHECK(reader);
  CHECK(writer);
}

TEST_CASE("a writer that is killed is the end of its stream", "[fifo]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  auto child = support::start(holds_writer.command({name}));
  std::array<std::byte, 4> half{};
  REQUIRE(strait::read_exactly(reader, half, soon));
  CHECK(why(reader.read(half, 20ms)) == std::errc::timed_out);

  support::kill_hard(child.id());

  CHECK(reader.read(half, soon) == 0);
  CHECK(support::end_of(child) == support::killed_hard());
  auto next = or_throw(fifo_writer::open(name, soon));
  CHECK(next.write(as_bytes("next"), soon) == 4);
  CHECK(reader.read(half, soon) == 4);
}

TEST_CASE("a frozen reader holds no writer beyond its deadline", "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  support::suspend(child.id());
  std::vector<fifo_writer> writers;
  for (int i = 0; i < 4; ++i) writers.push_back(or_throw(fifo_writer::open(name, soon)));

  {
    // All at once, so that they take each other's room.
    std::vector<std::jthread> writing;
    for (auto& writer : writers) {
      writing.emplace_back([&writer] {
        const std::array<std::byte, fifo_writer::atomic_size> some{};
        while (writer.write(some, 50ms)) {
        }
      });
    }
  }
  const std::array<std::byte, fifo_writer::atomic_size> whole{};
  for (auto& writer : writers) CHECK(why(writer.write(whole, 20ms)) == std::errc::timed_out);

  support::resume(child.id());
  CHECK(child.kill());
  CHECK(support::end_of(child) == support::killed_by_strait());
}

TEST_CASE("the reader of another process keeps its name, whoever wants it", "[fifo]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  auto writer = or_throw(fifo_writer::open(name, soon));
  REQUIRE(writer.write(as_bytes("kept"), soon) == 4);

  for (int i = 0; i < 3; ++i) {
    CHECK(support::outcome_of(claims.command({name})).success());
  }

  std::array<std::byte, 8> buffer{};
  CHECK(reader.read(buffer, soon) == 4);
  CHECK(or_throw(fifo_writer::open(name, 0ms)));
}

TEST_CASE("a frozen reader keeps its name, too", "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  support::suspend(child.id());

  CHECK(why(fifo_reader::create(name)) == std::errc::address_in_use);

  support::resume(child.id());
  CHECK(child.kill());
  CHECK(support::end_of(child) == support::killed_by_strait());
  CHECK(fifo_reader::create(name));
}

TEST_CASE("a reader that is killed while it is made leaves nothing in the way", "[fifo]") {
  const auto steps = support::count_steps(
      [] { or_throw(fifo_reader::create(support::unique_name())); });
  REQUIRE(steps > 2);
  for (const bool has_leftover : {false, true}) {
    for (std::size_t step = 1; step <= steps; ++step) {
      const auto name = support::unique_name();
      if (has_leftover) {
        auto before = start_reader(name);
        support::kill_hard(before.id());
        CHECK(support::end_of(before) == support::killed_hard());
      }
      const auto dying = dies_creating.command({name, std::to_string(step)});
      CHECK(support::outcome_of(dying) == support::killed_hard());

      auto reader = or_throw(fifo_reader::create(name));
      auto writer = or_throw(fifo_writer::open(name, 0ms));
      REQUIRE(writer.write(as_bytes("x"), soon) == 1);
      std::byte one{};
      CHECK(reader.read({&one, 1}, soon) == 1);
    }
  }
}
