// SPDX-License-Identifier: MIT
// wait_any: things of any kind, and when they are ready.
#include <strait/wait.hpp>

#include <array>
#include <chrono>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using strait::readiness;
using strait::wait_any;
using support::soon;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

// Ends when its standard input does.
const support::role ends_with_its_input{"wait.ends_with_its_input", [](support::role_args) {
  static_cast<void>(support::read_input());
  return 0;
}};

strait::child start_child() {
  auto command = ends_with_its_input.command();
  command.input = strait::redirect::pipe();
  command.output = strait::redirect::pipe();
  return support::start(command);
}

}  // namespace

TEST_CASE("a wait for things of which none is ready ends at its deadline", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto child = start_child();
  std::array things{reader.readable(), child.output.readable(), child.exited()};
  const auto begin = steady::now();

  CHECK(why(wait_any(things, 0ms)) == std::errc::timed_out);
  CHECK(why(wait_any(things, 50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
  for (const auto& thing : things) CHECK_FALSE(thing.is_ready());
  REQUIRE(child.input.close());
  CHECK(support::end_of(child).success());
}

TEST_CASE("a pipe is ready when data is there, and until it was read", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};
  REQUIRE(writer.write(as_bytes("data"), soon) == 4);

  CHECK(wait_any({reader.readable()}) == 0);
  CHECK(wait_any({reader.readable()}, soon) == 0);
  CHECK(wait_any({reader.readable()}, 0ms) == 0);

  CHECK(reader.read(buffer, 0ms) == 4);
  CHECK(support::text_of(buffer) == "data");
  CHECK(why(wait_any({reader.readable()}, 0ms)) == std::errc::timed_out);
}

TEST_CASE("data that comes later wakes who waits for it", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};
  strait::result<std::size_t> woken;

  {
    const std::jthread waiting{[&, &from = reader] { woken = wait_any({from.readable()}, soon); }};
    REQUIRE(writer.write(as_bytes("late"), soon) == 4);
  }

  CHECK(woken == 0);
  CHECK(reader.read(buffer, 0ms) == 4);
}

TEST_CASE("the end of a stream is ready to be read", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::byte one{};
  CHECK(why(wait_any({reader.readable()}, 0ms)) == std::errc::timed_out);

  REQUIRE(writer.close());

  CHECK(wait_any({reader.readable()}, soon) == 0);
  CHECK(reader.read({&one, 1}, 0ms) == 0);
  CHECK(wait_any({reader.readable()}, soon) == 0);
}

TEST_CASE("the same thing is waited for again and again", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::byte one{};
  std::array things{reader.readable()};

  for (int round = 0; round < 20; ++round) {
    CHECK(why(wait_any(things, 0ms)) == std::errc::timed_out);
    CHECK_FALSE(things[0].is_ready());
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    REQUIRE(wait_any(things, soon) == 0);
    CHECK(things[0].is_ready());
    REQUIRE(reader.read({&one, 1}, 0ms) == 1);
  }
}

TEST_CASE("a wait in vain takes nothing along", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};

  CHECK(why(wait_any({reader.readable(), reader.readable()}, 5ms)) == std::errc::timed_out);
  REQUIRE(writer.write(as_bytes("data"), soon) == 4);

  CHECK(wait_any({reader.readable(), reader.readable()}, soon) == 0);
  CHECK(reader.read(buffer, soon) == 4);
  CHECK(support::text_of(buffer) == "data");
}

TEST_CASE("the first that is ready is returned, and each tells for itself", "[wait]") {
  std::vector<strait::pipe> pipes(5);
  std::vector<readiness> things;
  for (auto& p : pipes) {
    p = or_throw(strait::pipe::create());
    things.push_back(p.reader.readable());
  }
  REQUIRE(pipes[4].writer.write(as_bytes("x"), soon) == 1);
  REQUIRE(pipes[1].writer.write(as_bytes("x"), soon) == 1);
  REQUIRE(pipes[3].writer.close());

  CHECK(wait_any(things, soon) == 1);

  for (std::size_t i = 0; i < things.size(); ++i) {
    CHECK(things[i].is_ready() == (i == 1 || i == 3 || i == 4));
  }
}

TEST_CASE("a pipe with room is ready to be written", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());

  CHECK(wait_any({reader.readable(), writer.writable()}, soon) == 1);
  if (support::under_wine()) return support::skip("Wine does not tell how much room there is");
  CHECK(wait_any({reader.readable(), writer.writable()}, 0ms) == 1);
  CHECK(writer.write(std::vector<std::byte>(strait::pipe::atomic_size), 0ms) ==
        strait::pipe::atomic_size);
}

TEST_CASE("a full pipe is not ready to be written until it was read", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> full(support::fill(writer));
  std::vector<std::byte> all(full.size());
  CHECK(why(wait_any({writer.writable()}, 0ms)) == std::errc::timed_out);
  // Windows: after a while without room it may be tried.
  if (!strait::on_windows) {
    CHECK(why(wait_any({writer.writable()}, 20ms)) == std::errc::timed_out);
  }
  strait::result<std::size_t> woken;

  {
    const std::jthread waiting{[&, &to = writer] { woken = wait_any({to.writable()}, soon); }};
    REQUIRE(strait::read_exactly(reader, all, soon));
  }

  CHECK(woken == 0);
  CHECK(writer.write(as_bytes("x"), soon) == 1);
}

TEST_CASE("what is full and what is empty wakes for whichever comes first", "[wait]") {
  auto full = or_throw(strait::pipe::create());
  auto empty = or_throw(strait::pipe::create());
  support::fill(full.writer);
  strait::result<std::size_t> woken;
  std::array things{full.writer.writable(), empty.reader.readable()};

  {
    const std::jthread waiting{[&] {
      while (!things[1].is_ready() && (woken = wait_any(things, soon))) {
      }
    }};
    REQUIRE(empty.writer.write(as_bytes("x"), soon) == 1);
  }

  CHECK(woken);
  CHECK(things[1].is_ready());
}

TEST_CASE("who cannot be heard any more is told so by a write", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  support::fill(writer);
  REQUIRE(reader.close());

  CHECK(wait_any({writer.writable()}, 0ms) == 0);
  CHECK(why(writer.write(as_bytes("x"), 0ms)) == std::errc::broken_pipe);
}

TEST_CASE("both sides of a conversation are waited for", "[wait]") {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());

  CHECK(why(wait_any({ours.readable()}, 0ms)) == std::errc::timed_out);
  CHECK(wait_any({ours.readable(), theirs.writable()}, soon) == 1);
  REQUIRE(theirs.write(as_bytes("x"), soon) == 1);
  CHECK(wait_any({ours.readable()}, soon) == 0);
}

TEST_CASE("a closed thing among others is refused at once, and found", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  const strait::pipe_reader no_reader;
  const strait::child no_child;
  const auto stale = support::stale_handle();
  const readiness stale_thing{{.what = stale.get()}};

  for (const auto& closed : {no_reader.readable(), no_child.exited(), readiness{}, stale_thing}) {
    std::array things{reader.readable(), closed, reader.readable()};
    CHECK(why(wait_any(things, soon)) == std::errc::bad_file_descriptor);
    CHECK(why(wait_any(things)) == std::errc::bad_file_descriptor);
    CHECK_FALSE(things[0].is_ready());
    CHECK(things[1].is_ready());
    CHECK_FALSE(things[2].is_ready());
  }
  CHECK(wait_any({reader.readable()}, 0ms) == 0);
}

TEST_CASE("a wait for nothing needs somebody who ends it", "[wait]") {
  std::stop_source source;

  CHECK(why(wait_any({})) == std::errc::invalid_argument);
  CHECK(why(wait_any({}, 0ms)) == std::errc::timed_out);
  CHECK(why(wait_any({}, 5ms)) == std::errc::timed_out);
  source.request_stop();
  CHECK(why(wait_any({}, source.get_token())) == std::errc::operation_canceled);
}

TEST_CASE("a stop ends a wait for things, whenever it is requested", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto full = or_throw(strait::pipe::create());
  support::fill(full.writer);
  std::stop_source source;
  const auto token = source.get_token();
  strait::result<std::size_t> woken;

  CHECK(why(wait_any({reader.readable()}, {5ms, token})) == std::errc::timed_out);
  {
    const std::jthread waiting{
        [&, &from = reader] { woken = wait_any({from.readable()}, {soon, token}); }};
    source.request_stop();
  }

  CHECK(why(woken) == std::errc::operation_canceled);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(why(wait_any({reader.readable()}, token)) == std::errc::operation_canceled);
  CHECK(wait_any({reader.readable()}, {soon, std::stop_source{}.get_token()}) == 0);
}

TEST_CASE("a stop ends a wait for room", "[wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  support::fill(writer);
  std::stop_source source;
  strait::result<std::size_t> woken;

  {
    // Where room is not told, what is full may be ready to be tried.
    const std::jthread waiting{[&, &to = writer] {
      do {
        woken = wait_any({to.writable()}, source.get_token());
      } while (woken);
    }};
    source.request_stop();
  }

  CHECK(why(woken) == std::errc::operation_canceled);
}
