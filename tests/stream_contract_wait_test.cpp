// SPDX-License-Identifier: MIT
// What every kind of stream keeps: deadlines, stop tokens, and two threads at one end.
#include "support/kinds.hpp"

#include <array>
#include <chrono>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>
#include <strait/wait.hpp>

#include "support/catch_templates.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::connected;
using support::local_kind;
using support::next_text;
using support::soon;
using support::tcp_kind;
using support::unix_kind;
using support::why;
using steady = std::chrono::steady_clock;

TEMPLATE_TEST_CASE("a read from a silent stream gives up at its deadline and not before",
                   "[stream]", local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::byte one{};
  const auto begin = steady::now();

  CHECK(why(server.read({&one, 1}, 50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
}

TEMPLATE_TEST_CASE("a write to a full stream gives up at its deadline and not before", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  support::fill_up(client);
  const auto begin = steady::now();

  CHECK(why(client.write(as_bytes("x"), 50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
}

TEMPLATE_TEST_CASE("waits for a stream are over soon after their deadline", "[stream][exclusive]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  support::fill_up(client);
  std::byte one{};
  const auto begin = steady::now();

  for (int round = 0; round < 10; ++round) {
    CHECK(why(client.read({&one, 1}, 10ms)) == std::errc::timed_out);
    CHECK(why(client.write(as_bytes("x"), 10ms)) == std::errc::timed_out);
  }

  const auto took = steady::now() - begin;
  CHECK(took >= 200ms);
  CHECK(took < 2s);  // 20 waits of 10 ms, on a machine that may be slow
}

TEMPLATE_TEST_CASE("no time at all is enough for what a stream can do at once", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::byte one{};

  CHECK(why(server.read({&one, 1}, 0ms)) == std::errc::timed_out);
  CHECK(client.write(as_bytes("x"), 0ms) == 1);
  REQUIRE(strait::wait_any({server.readable()}, soon));
  CHECK(server.read({&one, 1}, 0ms) == 1);
  CHECK(why(server.read({&one, 1}, -1s)) == std::errc::timed_out);
  support::fill_up(client);
  CHECK(why(client.write(as_bytes("x"), 0ms)) == std::errc::timed_out);
}

TEMPLATE_TEST_CASE("a read waits for data that comes later through a stream", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 4> buffer{};
  strait::result<std::size_t> got;

  {
    const std::jthread waiting{[&, &from = server] { got = from.read(buffer, soon); }};
    REQUIRE(client.write(as_bytes("late"), soon) == 4);
  }

  REQUIRE(got == 4);
  CHECK(support::text_of(buffer) == "late");
}

TEMPLATE_TEST_CASE("a write waits for room that comes later in a stream", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  const auto full = support::fill_up(client);
  strait::result<> written;

  {
    const std::jthread waiting{[&, &to = client] {
      written = strait::write_all(to, as_bytes("the rest"), soon);
      static_cast<void>(to.close());
    }};
    CHECK(support::rest_of(server).size() == full + 8);
  }

  CHECK(written);
}

TEMPLATE_TEST_CASE("a read from a stream that gave up took nothing", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 4> buffer{};

  REQUIRE_FALSE(server.read(buffer, 0ms));
  REQUIRE_FALSE(server.read(buffer, 5ms));
  REQUIRE(client.write(as_bytes("late"), soon) == 4);

  CHECK(next_text(server, 4) == "late");
}

TEMPLATE_TEST_CASE("a write to a stream that gave up wrote nothing", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  const auto full = support::fill_up(client);
  const std::vector<std::byte> much(100'000, std::byte{1});

  REQUIRE_FALSE(client.write(much, 0ms));
  REQUIRE_FALSE(client.write(much, 20ms));
  REQUIRE(client.close());

  CHECK(support::same(support::rest_of(server), std::vector<std::byte>(full)));
}

TEMPLATE_TEST_CASE("a write to a stream with a deadline tells how much it took", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  const auto much = support::noise(8 * 1024 * 1024);

  const auto written = or_throw(client.write(much, 20ms));
  REQUIRE(client.close());

  CHECK(written > 0);
  CHECK(written < much.size());
  const auto read = support::rest_of(server);
  CHECK(read.size() == written);
  CHECK(support::checksum(read) == support::checksum(strait::const_bytes{much}.first(written)));
}

TEMPLATE_TEST_CASE("a stop that was requested before ends a call on a stream at once", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::byte one{};
  std::stop_source source;
  source.request_stop();
  const auto stop = source.get_token();

  CHECK(why(server.read({&one, 1}, stop)) == std::errc::operation_canceled);
  CHECK(why(server.read({&one, 1}, {0ms, stop})) == std::errc::operation_canceled);
  CHECK(why(client.write(as_bytes("x"), stop)) == std::errc::operation_canceled);
  CHECK(why(client.write(as_bytes("x"), {1s, stop})) == std::errc::operation_canceled);
  REQUIRE(client.write(as_bytes("y"), soon) == 1);
  CHECK(next_text(server, 1) == "y");
}

TEMPLATE_TEST_CASE("a stop ends a read and a write that wait for a stream", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  support::fill_up(client);
  strait::result<std::size_t> got;
  strait::result<std::size_t> written;
  std::stop_source source;
  std::byte one{};

  {
    const std::jthread reading{
        [&, &from = client] { got = from.read({&one, 1}, {soon, source.get_token()}); }};
    const std::jthread writing{
        [&, &to = client] { written = to.write(as_bytes("x"), source.get_token()); }};
    source.request_stop();
  }

  CHECK(why(got) == std::errc::operation_canceled);
  CHECK(why(written) == std::errc::operation_canceled);
}

TEMPLATE_TEST_CASE("reads from a stream that time out at random moments lose no byte", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  const auto sent = support::noise(support::scaled(20'000, 200));
  std::vector<std::byte> got;
  std::mt19937 dice{10};  // NOLINT(bugprone-random-generator-seed): the same moments each time

  const std::jthread writing{[&sent, to = std::move(client)]() mutable {
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (!to.write({&sent[i], 1}, soon)) return;
      if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds{300});
    }
  }};
  std::array<std::byte, 5> some{};
  for (const strait::deadline end = soon; !end.has_passed();) {
    const auto read = server.read(some, std::chrono::microseconds{dice() % 400});
    if (!read && read.error() == std::errc::timed_out) continue;
    if (!read || *read == 0) break;
    got.insert(got.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*read));
  }

  CHECK(support::same(got, sent));
}

namespace {

// Writes all of `sent` from one thread while another reads as much.
template <class Stream>
struct both_ways {
  strait::result<> written;
  std::vector<std::byte> got;

  void run(Stream& end, strait::const_bytes sent, const strait::deadline& until) {
    const std::jthread writing{[&] {
      written = strait::write_all(end, sent, until);
      if (written) written = end.finish();
    }};
    got = support::rest_of(end, until);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("two threads use both directions of a stream at once", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  const auto size = support::scaled(100'000'000, 2'000'000);
  const auto there = support::noise(size, 1);
  const auto back = support::noise(size, 2);
  for (const bool is_timed : {false, true}) {
    const strait::deadline until = is_timed ? strait::deadline{soon} : strait::deadline{};
    auto [client, server] = connected<TestType>();
    both_ways<typename TestType::stream> at_server;
    both_ways<typename TestType::stream> at_client;
    {
      const std::jthread other{[&, &end = server] { at_server.run(end, back, until); }};
      at_client.run(client, there, until);
    }
    CHECK(at_client.written);
    CHECK(at_server.written);
    CHECK(support::same(at_server.got, there));
    CHECK(support::same(at_client.got, back));
  }
}

TEMPLATE_TEST_CASE("one direction of a stream waits while the other works", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  strait::result<std::size_t> got;
  std::array<std::byte, 4> buffer{};
  {
    const std::jthread waiting{[&, &from = client] { got = from.read(buffer, soon); }};
    for (int round = 0; round < 100; ++round) {
      REQUIRE(strait::write_all(client, as_bytes("ping"), soon));
      REQUIRE(next_text(server, 4) == "ping");
    }
    REQUIRE(server.write(as_bytes("pong"), soon) == 4);
  }

  CHECK(got == 4);
}
