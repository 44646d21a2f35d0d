// SPDX-License-Identifier: MIT
#include <strait/detail/readiness.hpp>

#include <array>
#include <stop_token>
#include <thread>
#include <utility>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using strait::detail::readiness;
using support::soon;
using support::why;

TEST_CASE("an empty pipe is not ready", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  readiness ready;

  REQUIRE(ready.watch(reader.native()));

  CHECK(why(ready.wait(0ms)) == std::errc::timed_out);
  CHECK(why(ready.wait(20ms)) == std::errc::timed_out);
}

TEST_CASE("a pipe is ready when data is there, and keeps it", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};
  readiness ready;
  REQUIRE(writer.write(as_bytes("data"), soon) == 4);

  REQUIRE(ready.watch(reader.native()));
  CHECK(ready.wait(soon));
  CHECK(ready.wait(0ms));  // still

  CHECK(reader.read(buffer, 0ms) == 4);
  CHECK(support::text_of(buffer) == "data");
}

TEST_CASE("data that comes later wakes who waits until it can be read", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};
  readiness ready;
  REQUIRE(ready.watch(reader.native()));
  strait::result<> woken;

  {
    const std::jthread waiting{[&] { woken = ready.wait(soon); }};
    REQUIRE(writer.write(as_bytes("late"), soon) == 4);
  }

  CHECK(woken);
  CHECK(reader.read(buffer, 0ms) == 4);
}

TEST_CASE("the end of the stream is ready to be read", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::byte one{};
  readiness ready;
  REQUIRE(ready.watch(reader.native()));
  CHECK(why(ready.wait(0ms)) == std::errc::timed_out);

  REQUIRE(writer.close());

  CHECK(ready.wait(soon));
  CHECK(reader.read({&one, 1}, 0ms) == 0);
}

TEST_CASE("after a read the same pipe is watched again", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::byte one{};
  readiness ready;

  for (int round = 0; round < 20; ++round) {
    REQUIRE(ready.watch(reader.native()));
    CHECK(why(ready.wait(0ms)) == std::errc::timed_out);
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    REQUIRE(ready.wait(soon));
    REQUIRE(reader.read({&one, 1}, 0ms) == 1);
  }
}

TEST_CASE("a watched pipe may be read while it is watched", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};
  readiness ready;
  REQUIRE(ready.watch(reader.native()));

  CHECK(why(reader.read(buffer, 5ms)) == std::errc::timed_out);
  REQUIRE(writer.write(as_bytes("data"), soon) == 4);
  CHECK(reader.read(buffer, soon) == 4);
  CHECK(support::text_of(buffer) == "data");
}

TEST_CASE("a watch is cancelled, and takes nothing along", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};
  {
    readiness ready;
    REQUIRE(ready.watch(reader.native()));
    ready.cancel();
    ready.cancel();
    CHECK(why(ready.wait(0ms)) == std::errc::bad_file_descriptor);
    REQUIRE(ready.watch(reader.native()));
  }  // and cancelled again

  REQUIRE(writer.write(as_bytes("data"), soon) == 4);
  CHECK(reader.read(buffer, soon) == 4);
}

TEST_CASE("a watch goes on while its owner and its pipe are moved", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::byte one{};
  readiness first;
  REQUIRE(first.watch(reader.native()));

  readiness second{std::move(first)};
  auto moved = std::move(reader);
  CHECK(why(second.wait(0ms)) == std::errc::timed_out);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(second.wait(soon));
  first = std::move(second);
  CHECK(first.wait(soon));

  CHECK(moved.read({&one, 1}, 0ms) == 1);
}

TEST_CASE("waiting until a pipe can be read is stopped like any wait", "[readiness]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  readiness ready;
  REQUIRE(ready.watch(reader.native()));
  std::stop_source source;
  strait::result<> woken;

  {
    const std::jthread waiting{[&] { woken = ready.wait({soon, source.get_token()}); }};
    source.request_stop();
  }

  CHECK(why(woken) == std::errc::operation_canceled);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(ready.wait(soon));
}

TEST_CASE("many pipes are watched at once", "[readiness]") {
  constexpr std::size_t count = 50;
  std::vector<strait::pipe> pipes;
  std::vector<readiness> ready(count);
  for (std::size_t i = 0; i < count; ++i) {
    pipes.push_back(or_throw(strait::pipe::create()));
    REQUIRE(ready[i].watch(pipes[i].reader.native()));
  }
  for (std::size_t i = 0; i < count; i += 2) {
    REQUIRE(pipes[i].writer.write(as_bytes("x"), soon) == 1);
  }

  for (std::size_t i = 0; i < count; ++i) {
    if (i % 2 == 0) {
      CHECK(ready[i].wait(soon));
    } else {
      CHECK(why(ready[i].wait(0ms)) == std::errc::timed_out);
    }
  }
  ready.clear();  // the watches end before what they watch
}
