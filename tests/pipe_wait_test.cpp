// SPDX-License-Identifier: MIT
// Pipes, deadlines and stop tokens.
#include <strait/pipe.hpp>

#include <array>
#include <chrono>
#include <random>
#include <stop_token>
#include <thread>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::soon;
using support::why;
using steady = std::chrono::steady_clock;

TEST_CASE("a read from an empty pipe gives up at its deadline and not before", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};
  const auto begin = steady::now();

  CHECK(why(reader.read(buffer, 50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
}

TEST_CASE("a write to a full pipe gives up at its deadline and not before", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  support::fill(writer);
  const auto begin = steady::now();

  CHECK(why(writer.write(as_bytes("x"), 50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
}

TEST_CASE("a wait is over soon after its deadline", "[pipe][exclusive]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  support::fill(writer);
  auto empty = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};
  const auto begin = steady::now();

  for (int round = 0; round < 10; ++round) {
    CHECK(why(empty.reader.read(buffer, 10ms)) == std::errc::timed_out);
    CHECK(why(writer.write(as_bytes("x"), 10ms)) == std::errc::timed_out);
  }

  const auto took = steady::now() - begin;
  CHECK(took >= 200ms);
  CHECK(took < 2s);  // 20 waits of 10 ms, on a machine that may be slow
}

TEST_CASE("no time at all is enough for what can be done at once", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};

  CHECK(why(reader.read(buffer, 0ms)) == std::errc::timed_out);
  CHECK(writer.write(as_bytes("x"), 0ms) == 1);
  CHECK(reader.read(buffer, 0ms) == 1);
  CHECK(why(reader.read(buffer, -1s)) == std::errc::timed_out);
  support::fill(writer);
  CHECK(why(writer.write(as_bytes("x"), 0ms)) == std::errc::timed_out);
}

TEST_CASE("a read that gave up took nothing", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};

  REQUIRE_FALSE(reader.read(buffer, 0ms));
  REQUIRE_FALSE(reader.read(buffer, 5ms));
  REQUIRE(writer.write(as_bytes("late"), soon) == 4);
  REQUIRE(strait::read_exactly(reader, buffer, soon));

  CHECK(support::text_of(buffer) == "late");
}

TEST_CASE("a write that gave up wrote nothing", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto full = support::fill(writer);
  const std::vector<std::byte> much(100'000, std::byte{1});

  REQUIRE_FALSE(writer.write(much, 0ms));
  REQUIRE_FALSE(writer.write(much, 20ms));
  REQUIRE(writer.close());

  CHECK(support::same(support::rest_of(reader), std::vector<std::byte>(full)));
}

TEST_CASE("a write with a deadline takes what fits and tells how much", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto much = support::noise(8 * 1024 * 1024);

  const auto written = or_throw(writer.write(much, 20ms));
  REQUIRE(writer.close());

  CHECK(written > 0);
  CHECK(written < much.size());
  const auto read = support::rest_of(reader);
  CHECK(read.size() == written);
  CHECK(support::checksum(read) == support::checksum(strait::const_bytes{much}.first(written)));
}

TEST_CASE("a stop that was requested before ends a call at once", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};
  std::stop_source source;
  source.request_stop();

  CHECK(why(reader.read(buffer, source.get_token())) == std::errc::operation_canceled);
  CHECK(why(writer.write(as_bytes("x"), source.get_token())) == std::errc::operation_canceled);
  CHECK(why(reader.read(buffer, {0ms, source.get_token()})) == std::errc::operation_canceled);
  CHECK(why(writer.write(as_bytes("x"), {1s, source.get_token()})) ==
        std::errc::operation_canceled);
  REQUIRE(writer.write(as_bytes("y"), soon) == 1);
  REQUIRE(reader.read(buffer, soon) == 1);
  CHECK(support::text_of(buffer) == "y");
}

TEST_CASE("a stop ends a read that waits", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};
  strait::result<std::size_t> got;
  std::stop_source source;

  {
    const std::jthread waiting{
        [&, &from = reader] { got = from.read(buffer, {soon, source.get_token()}); }};
    source.request_stop();
  }

  CHECK(why(got) == std::errc::operation_canceled);
}

TEST_CASE("a stop ends a write that waits", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  support::fill(writer);
  strait::result<std::size_t> written;
  std::stop_source source;

  {
    const std::jthread waiting{
        [&, &to = writer] { written = to.write(as_bytes("x"), source.get_token()); }};
    source.request_stop();
  }

  CHECK(why(written) == std::errc::operation_canceled);
}

TEST_CASE("a stop that comes after the call changes nothing", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};
  std::stop_source source;

  CHECK(writer.write(as_bytes("x"), source.get_token()) == 1);
  CHECK(reader.read(buffer, {soon, source.get_token()}) == 1);
  CHECK(why(reader.read(buffer, {1ms, source.get_token()})) == std::errc::timed_out);
  source.request_stop();
  CHECK(writer.write(as_bytes("x")) == 1);
  CHECK(reader.read(buffer) == 1);
}

namespace {

// Calls `step` with a token that is stopped at a random moment, until it returns true.
template <class Step>
std::size_t interrupted(std::mt19937& dice, Step step) {
  std::size_t stops = 0;
  for (;;) {
    std::stop_source source;
    const auto pause = std::chrono::microseconds{dice() % 300};
    const std::jthread stopper{[&source, pause] {
      const auto at = steady::now() + pause;
      while (steady::now() < at) std::this_thread::yield();
      source.request_stop();
    }};
    if (step(source.get_token())) return stops;
    ++stops;
  }
}

}  // namespace

TEST_CASE("reads stopped at random moments lose no byte", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto sent = support::noise(support::scaled(10'000, 100));
  std::vector<std::byte> got;
  std::mt19937 dice{7};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  strait::error last;

  const std::jthread writing{[&, to = std::move(writer)]() mutable {
    std::mt19937 pauses{8};  // NOLINT(bugprone-random-generator-seed)
    for (const auto& one : sent) {
      if (!to.write({&one, 1}, soon)) return;
      if (pauses() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds{150});
    }
  }};
  interrupted(dice, [&, &from = reader](const std::stop_token& token) {
    std::array<std::byte, 7> some{};
    for (;;) {
      const auto read = from.read(some, {soon, token});
      if (!read) {
        last = read.error();
        return last != std::errc::operation_canceled;
      }
      if (*read == 0) return true;
      got.insert(got.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*read));
    }
  });

  CHECK(support::same(got, sent));
}

TEST_CASE("writes stopped at random moments write all they tell of, and nothing else", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto data = support::noise(support::scaled(20'000'000, 400'000));
  std::vector<std::byte> got;
  std::mt19937 dice{9};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  std::size_t told = 0;

  {
    const std::jthread reading{
        [&got, from = std::move(reader)]() mutable { got = support::rest_of(from); }};
    interrupted(dice, [&, &to = writer](const std::stop_token& token) {
      while (told < data.size()) {
        const auto left = strait::const_bytes{data}.subspan(told);
        const auto written = to.write(left.first(std::min<std::size_t>(left.size(), 50'000)),
                                      {soon, token});
        if (!written) return written.error() != std::errc::operation_canceled;
        told += *written;
      }
      return true;
    });
    REQUIRE(writer.close());
  }

  CHECK(told == data.size());
  CHECK(got.size() == told);
  CHECK(support::checksum(got) == support::checksum(data));
}

TEST_CASE("reads that time out at random moments lose no byte", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto sent = support::noise(support::scaled(20'000, 200));
  std::vector<std::byte> got;
  std::mt19937 dice{10};  // NOLINT(bugprone-random-generator-seed)

  const std::jthread writing{[&sent, to = std::move(writer)]() mutable {
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (!to.write({&sent[i], 1}, soon)) return;
      if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds{300});
    }
  }};
  std::array<std::byte, 5> some{};
  for (const strait::deadline end = soon; !end.has_passed();) {
    const auto read = reader.read(some, std::chrono::microseconds{dice() % 400});
    if (!read && read.error() == std::errc::timed_out) continue;
    if (!read || *read == 0) break;
    got.insert(got.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*read));
  }

  CHECK(support::same(got, sent));
}
