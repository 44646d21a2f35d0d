// SPDX-License-Identifier: MIT
// Whole amounts through streams: write_all and read_exactly, and pipes in both directions.
#include <strait/stream.hpp>

#include <array>
#include <stop_token>
#include <thread>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::soon;
using support::why;

static_assert(strait::readable_stream<strait::pipe_reader>);
static_assert(strait::writable_stream<strait::pipe_writer>);
static_assert(strait::readable_stream<strait::duplex_pipe>);
static_assert(strait::writable_stream<strait::duplex_pipe>);
static_assert(!strait::writable_stream<strait::pipe_reader>);
static_assert(!strait::readable_stream<strait::pipe_writer>);

TEST_CASE("reading exactly collects what comes in parts", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 9> buffer{};
  strait::result<> read;

  {
    const std::jthread waiting{
        [&, &from = reader] { read = strait::read_exactly(from, buffer, soon); }};
    for (const auto* part : {"one", "two", "six"}) {
      REQUIRE(strait::write_all(writer, as_bytes(part), soon));
    }
  }

  CHECK(read);
  CHECK(support::text_of(buffer) == "onetwosix");
}

TEST_CASE("nothing is written all and read exactly at once", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());

  CHECK(strait::write_all(writer, {}, 0ms));
  CHECK(strait::read_exactly(reader, {}, 0ms));
}

TEST_CASE("a stream that ends too early is broken_pipe, and what came is counted", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 10> buffer{};
  REQUIRE(strait::write_all(writer, as_bytes("seven b"), soon));
  REQUIRE(writer.close());

  const auto read = strait::read_exactly(reader, buffer, soon);

  CHECK(why(read) == std::errc::broken_pipe);
  CHECK(why(read).done == 7);
  CHECK(support::text_of(strait::bytes{buffer}.first(7)) == "seven b");
}

TEST_CASE("reading exactly tells what it had at its deadline", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 10> buffer{};
  REQUIRE(strait::write_all(writer, as_bytes("abc"), soon));

  const auto read = strait::read_exactly(reader, buffer, 20ms);

  CHECK(why(read) == std::errc::timed_out);
  CHECK(why(read).done == 3);
}

TEST_CASE("writing all tells what was written at its deadline", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> much(4 * 1024 * 1024);

  const auto written = strait::write_all(writer, much, 20ms);
  REQUIRE(writer.close());

  CHECK(why(written) == std::errc::timed_out);
  CHECK(why(written).done > 0);
  CHECK(support::rest_of(reader).size() == why(written).done);
}

TEST_CASE("writing all tells what was written when it was stopped", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> much(4 * 1024 * 1024);
  std::stop_source source;
  strait::result<> written;

  {
    const std::jthread waiting{[&, &to = writer] {
      written = strait::write_all(to, much, source.get_token());
      static_cast<void>(to.close());
    }};
    std::byte one{};
    REQUIRE(reader.read({&one, 1}, soon) == 1);  // it has begun
    source.request_stop();
  }

  CHECK(why(written) == std::errc::operation_canceled);
  CHECK(support::rest_of(reader).size() + 1 == why(written).done);
}

TEST_CASE("a deadline bounds the whole, even if the peer takes a little all the time", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> much(64 * 1024 * 1024);
  std::stop_source end;

  const std::jthread sipping{[&end, from = std::move(reader)]() mutable {
    std::array<std::byte, 1024> some{};
    while (!end.stop_requested()) {
      if (!from.read(some, soon)) return;
      std::this_thread::sleep_for(1ms);
    }
  }};
  const auto begin = std::chrono::steady_clock::now();
  const auto written = strait::write_all(writer, much, 100ms);
  const auto took = std::chrono::steady_clock::now() - begin;
  end.request_stop();
  REQUIRE(writer.close());

  CHECK(why(written) == std::errc::timed_out);
  CHECK(took < 10s);
}

TEST_CASE("64 MiB arrive unchanged", "[stream]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto piece = support::noise(1024 * 1024);
  std::uint64_t sent = support::checksum({});
  std::uint64_t received = support::checksum({});
  constexpr int pieces = 64;
  for (int i = 0; i < pieces; ++i) sent = support::checksum(piece, sent);

  const std::jthread writing{[&piece, to = std::move(writer)]() mutable {
    for (int i = 0; i < pieces; ++i) {
      if (!strait::write_all(to, piece, soon)) return;
    }
  }};
  std::size_t total = 0;
  std::vector<std::byte> some(100'000);
  for (;;) {
    const auto got = or_throw(reader.read(some, soon));
    if (got == 0) break;
    total += got;
    received = support::checksum(strait::bytes{some}.first(got), received);
  }

  CHECK(total == pieces * piece.size());
  CHECK(received == sent);
}

TEST_CASE("the two sides of a duplex pipe talk", "[stream]") {
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  std::array<std::byte, 4> buffer{};

  REQUIRE(strait::write_all(here, as_bytes("ping"), soon));
  REQUIRE(strait::read_exactly(there, buffer, soon));
  CHECK(support::text_of(buffer) == "ping");
  REQUIRE(strait::write_all(there, as_bytes("pong"), soon));
  REQUIRE(strait::read_exactly(here, buffer, soon));
  CHECK(support::text_of(buffer) == "pong");
}

TEST_CASE("each half of a duplex pipe ends by itself", "[stream]") {
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  std::array<std::byte, 4> buffer{};

  REQUIRE(here.writer.close());
  CHECK(there.read(buffer, soon) == 0);
  REQUIRE(strait::write_all(there, as_bytes("ok"), soon));
  CHECK(here.read(buffer, soon) == 2);
  CHECK(why(here.write(as_bytes("x"), soon)) == std::errc::bad_file_descriptor);
}

TEST_CASE("one thread reads while another writes, both ways at once", "[stream]") {
  constexpr std::size_t amount = 8 * 1024 * 1024;
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  const auto data = support::noise(amount);
  std::vector<std::byte> got_here;
  std::vector<std::byte> got_there;

  const auto send = [&](strait::pipe_writer& to) {
    static_cast<void>(strait::write_all(to, data, soon));
    static_cast<void>(to.close());
  };
  {
    const std::jthread first{[&, &to = here.writer] { send(to); }};
    const std::jthread second{[&, &to = there.writer] { send(to); }};
    const std::jthread third{[&, &from = here.reader] { got_here = support::rest_of(from); }};
    got_there = support::rest_of(there.reader);
  }

  CHECK(support::same(got_here, data));
  CHECK(support::same(got_there, data));
}

TEST_CASE("small writes of many threads never mix", "[stream]") {
  constexpr std::size_t size = strait::pipe::atomic_size;
  constexpr std::size_t writers = 8;
  const auto rounds = support::scaled(4'000, 100);
  auto [reader, first] = or_throw(strait::pipe::create());
  std::array<std::size_t, writers> seen{};
  bool mixed = false;

  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < writers; ++i) {
      threads.emplace_back([=, to = or_throw(first.duplicate())]() mutable {
        const std::vector<std::byte> record(size, static_cast<std::byte>(i));
        for (std::size_t round = 0; round < rounds; ++round) {
          // With and without a deadline: these are different calls of the system.
          const auto until = round % 2 == 0 ? strait::deadline{} : strait::deadline{soon};
          if (to.write(record, until) != size) return;
        }
      });
    }
    REQUIRE(first.close());
    std::array<std::byte, size> record{};
    while (strait::read_exactly(reader, record, soon)) {
      for (const auto one : record) mixed = mixed || one != record[0];
      ++seen.at(static_cast<std::size_t>(record[0]) % writers);
    }
  }

  CHECK_FALSE(mixed);
  for (const auto count : seen) CHECK(count == rounds);
}
