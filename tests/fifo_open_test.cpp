// SPDX-License-Identifier: MIT
// How readers and writers of a FIFO find each other.
#include <strait/fifo.hpp>

#include <array>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fifos.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::at_end;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::or_throw;
using strait::scope;
using support::claimed_fifo;
using support::next_of;
using support::soon;
using support::why;

TEST_CASE("a writer that comes first waits for the reader", "[fifo]") {
  const auto name = support::unique_name();
  strait::result<fifo_writer> writer;
  strait::result<fifo_reader> reader;

  {
    const std::jthread waiting{[&] { writer = fifo_writer::open(name, soon); }};
    reader = fifo_reader::open(name, soon);
  }

  REQUIRE(writer);
  REQUIRE(reader);
  REQUIRE(writer->write(as_bytes("x"), soon) == 1);
  CHECK(next_of(*reader) == "x");
}

TEST_CASE("a reader that comes first waits for a writer, who need not write", "[fifo]") {
  const auto name = support::unique_name();
  strait::result<fifo_reader> reader;
  fifo_writer writer;

  {
    const std::jthread waiting{[&] { reader = fifo_reader::open(name, soon); }};
    writer = or_throw(fifo_writer::open(name, soon));
  }

  REQUIRE(reader);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(*reader) == "x");
}

TEST_CASE("who waits for the other side gives up at the deadline and not before", "[fifo]") {
  const auto name = support::unique_name();
  const auto begin = std::chrono::steady_clock::now();

  CHECK(why(fifo_reader::open(name, 60ms)) == std::errc::timed_out);
  CHECK(why(fifo_writer::open(name, 60ms)) == std::errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin >= 120ms);
  CHECK(why(fifo_reader::open(name, 0ms)) == std::errc::timed_out);
  CHECK(why(fifo_writer::open(name, 0ms)) == std::errc::timed_out);

  CHECK(fifo_reader::create(name));  // nothing was left behind
}

TEST_CASE("a stop ends the wait for the other side", "[fifo]") {
  const auto name = support::unique_name();
  std::stop_source source;
  strait::result<fifo_reader> reader;
  strait::result<fifo_writer> writer;
  const auto other = support::unique_name();

  {
    const std::jthread reads{[&] { reader = fifo_reader::open(name, source.get_token()); }};
    const std::jthread writes{[&] { writer = fifo_writer::open(other, source.get_token()); }};
    source.request_stop();
  }

  CHECK(why(reader) == std::errc::operation_canceled);
  CHECK(why(writer) == std::errc::operation_canceled);
  CHECK(why(fifo_reader::open(name, source.get_token())) == std::errc::operation_canceled);
  claimed_fifo fifo;
  CHECK(why(fifo_writer::open(fifo.name, source.get_token())) == std::errc::operation_canceled);
}

TEST_CASE("no time at all is enough to find a reader that is there", "[fifo]") {
  claimed_fifo fifo;
  auto writer = or_throw(fifo_writer::open(fifo.name, 0ms));

  CHECK(writer.write(as_bytes("x"), 0ms) == 1);
  CHECK(next_of(fifo.reader) == "x");
}

TEST_CASE("a name has one reader at a time", "[fifo]") {
  claimed_fifo fifo;

  const auto second = fifo_reader::create(fifo.name);
  CHECK(why(second) == std::errc::address_in_use);
  CHECK(why(fifo_reader::open(fifo.name, soon)) == std::errc::address_in_use);
  CHECK(why(second).message().find(fifo.name) != std::string::npos);

  REQUIRE(fifo.reader.close());
  CHECK(fifo_reader::create(fifo.name));
}

TEST_CASE("a reader's name is free again when it has closed, every time", "[fifo]") {
  const auto name = support::unique_name();
  const auto rounds = support::scaled(2'000, 20);

  for (std::size_t round = 0; round < rounds; ++round) {
    auto reader = or_throw(fifo_reader::create(name));
    auto writer = or_throw(fifo_writer::open(name, soon));
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    REQUIRE(reader.close());  // while the writer is still there
  }
}

TEST_CASE("a reader that waits for the next writer can be opened as well", "[fifo]") {
  const auto name = support::unique_name();
  CHECK(why(fifo_reader::open(name, 10ms, {.end = at_end::wait_for_next})) == std::errc::timed_out);
  strait::result<fifo_reader> reader;
  std::array<std::byte, 8> buffer{};

  {
    const std::jthread waiting{
        [&] { reader = fifo_reader::open(name, soon, {.end = at_end::wait_for_next}); }};
    auto writer = or_throw(fifo_writer::open(name, soon));
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  }

  CHECK(next_of(*reader) == "x");
  CHECK(why(reader->read(buffer, 10ms)) == std::errc::timed_out);
}

TEST_CASE("eight writers may come before the first read", "[fifo]") {
  claimed_fifo fifo;
  std::vector<fifo_writer> writers;
  std::size_t total = 0;

  for (int i = 0; i < 8; ++i) writers.push_back(fifo.writer());
  for (auto& writer : writers) REQUIRE(writer.write(as_bytes("12345"), soon) == 5);
  writers.clear();

  std::array<std::byte, 64> buffer{};
  while (const auto got = or_throw(fifo.reader.read(buffer, soon))) total += got;
  CHECK(total == 40);
}

TEST_CASE("any number of writers may be open at once", "[fifo]") {
  claimed_fifo fifo{{.end = at_end::wait_for_next}};
  std::vector<fifo_writer> writers;

  for (int i = 0; i < 40; ++i) {
    writers.push_back(fifo.writer());
    REQUIRE(writers.back().write(as_bytes("x"), soon) == 1);
    CHECK(next_of(fifo.reader) == "x");
  }
  for (auto& writer : writers) {
    REQUIRE(writer.write(as_bytes("y"), soon) == 1);
    CHECK(next_of(fifo.reader) == "y");
  }
}

TEST_CASE("a new reader gets nothing of what was written for the one before", "[fifo]") {
  claimed_fifo fifo;
  auto old = fifo.writer();
  REQUIRE(old.write(as_bytes("for the first"), soon) == 13);
  REQUIRE(fifo.reader.close());

  auto reader = or_throw(fifo_reader::create(fifo.name));
  std::array<std::byte, 8> buffer{};
  CHECK(why(reader.read(buffer, 10ms)) == std::errc::timed_out);
  CHECK(why(old.write(as_bytes("x"), soon)) == std::errc::broken_pipe);

  auto writer = or_throw(fifo_writer::open(fifo.name, soon));
  REQUIRE(writer.write(as_bytes("new"), soon) == 3);
  CHECK(next_of(reader) == "new");
}

TEST_CASE("FIFOs refuse names that are none, and access that nobody could use", "[fifo]") {
  CHECK(why(fifo_reader::create("Not A Name")) == std::errc::invalid_argument);
  CHECK(why(fifo_writer::open("Not A Name", soon)) == std::errc::invalid_argument);
  const auto name = support::unique_name();
  CHECK(why(fifo_reader::create(name, {.who = strait::access::group})) ==
        std::errc::invalid_argument);
}

TEST_CASE("a FIFO may be for the whole machine", "[fifo]") {
  const strait::name name{support::unique_name(), scope::machine};
  auto reader = or_throw(fifo_reader::create(name, {.who = strait::access::everyone}));
  auto writer = or_throw(fifo_writer::open(name, soon, {.who = strait::access::everyone}));

  CHECK(why(fifo_writer::open(name.text(), 0ms)) == std::errc::timed_out);  // the user's own
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(reader) == "x");
}

TEST_CASE("long names are names like others", "[fifo]") {
  const auto base = support::unique_name() + "." + std::string(150, 'x');
  auto one = or_throw(fifo_reader::create(base + "1"));
  auto two = or_throw(fifo_reader::create(base + "2"));
  auto writer = or_throw(fifo_writer::open(base + "2", soon));

  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(two) == "x");
  std::byte buffer{};
  CHECK(why(one.read({&buffer, 1}, 0ms)) == std::errc::timed_out);
}

TEST_CASE("FIFO ends that are closed say so", "[fifo]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<fifo_reader>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<fifo_writer>);
  claimed_fifo fifo;
  auto writer = fifo.writer();
  std::array<std::byte, 1> buffer{};
  auto moved = std::move(fifo.reader);
  auto to = std::move(writer);
  CHECK(to.write(as_bytes("x"), soon) == 1);
  CHECK(moved.read(buffer, soon) == 1);

  CHECK_FALSE(fifo.reader);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK_FALSE(writer);       // NOLINT(bugprone-use-after-move)
  CHECK(why(fifo.reader.read(buffer)) == std::errc::bad_file_descriptor);
  CHECK(why(fifo.reader.read(buffer, soon)) == std::errc::bad_file_descriptor);
  CHECK(why(writer.write(as_bytes("x"))) == std::errc::bad_file_descriptor);
  CHECK(fifo.reader.native() == strait::no_handle);
  CHECK(fifo.reader.close());
  CHECK(writer.close());
}

TEST_CASE("a wish for a FIFO's capacity is heard, and an absurd one is no failure", "[fifo]") {
  constexpr std::size_t wish = 256 * 1024;
  const auto room = [](std::size_t capacity) {
    claimed_fifo fifo{{.capacity = capacity}};
    auto writer = fifo.writer();
    return support::fill(writer);
  };

  // As much as a pipe gets: some systems choose by themselves.
  const auto usual = or_throw(strait::pipe::create({.capacity = wish}));
  CHECK(room(wish) >= or_throw(usual.writer.capacity()));
  CHECK(room(1) >= fifo_writer::atomic_size);
  CHECK(room(static_cast<std::size_t>(-1)) >= fifo_writer::atomic_size);
}

TEST_CASE("a FIFO's ends are things to wait for", "[fifo][wait]") {
  claimed_fifo fifo;
  std::array<std::byte, 64> buffer{};
  const auto expect_quiet = [&] {
    // Windows may tell of writers that come and go.
    while (strait::wait_any({fifo.reader.readable()}, 20ms)) {
      CHECK(why(fifo.reader.read(buffer, 0ms)) == std::errc::timed_out);
    }
  };
  const auto next_within = [&](std::size_t most) {
    for (;;) {
      REQUIRE(strait::wait_any({fifo.reader.readable()}, soon));
      const auto got = fifo.reader.read(strait::bytes{buffer}.first(most), 0ms);
      if (got) return *got;
    }
  };

  for (int stream = 0; stream < 3; ++stream) {
    expect_quiet();
    auto writer = fifo.writer();
    expect_quiet();
    REQUIRE(strait::wait_any({writer.writable()}, soon));
    REQUIRE(writer.write(as_bytes("abc"), 0ms) == 3);
    CHECK(next_within(2) == 2);
    CHECK(next_within(2) == 1);
    support::fill(writer);
    CHECK(why(strait::wait_any({writer.writable()}, 20ms)) == std::errc::timed_out);
    while (fifo.reader.read(buffer, 0ms)) {
    }
    REQUIRE(writer.close());
    // An end that nobody attends to stays one to wait for.
    for (int look = 0; look < 3; ++look) {
      CHECK(strait::wait_any({fifo.reader.readable()}, soon) == 0);
    }
    CHECK(next_within(2) == 0);
  }
  REQUIRE(fifo.reader.close());
  CHECK(why(strait::wait_any({fifo.reader.readable()}, 0ms)) == std::errc::bad_file_descriptor);
}
