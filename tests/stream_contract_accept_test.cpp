// SPDX-License-Identifier: MIT
// What every kind of listener keeps.
#include "support/kinds.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <strait/pipe.hpp>
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
using support::local_kind;
using support::soon;
using support::tcp_kind;
using support::unix_kind;
using support::why;
using steady = std::chrono::steady_clock;

TEMPLATE_TEST_CASE("without a deadline one connects and accepts, too", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;

  auto client = or_throw(at.connect());
  auto server = or_throw(at.listener.accept());

  CHECK(support::talk(client, server));
}

TEMPLATE_TEST_CASE("connections outlive their listener", "[stream]", local_kind, tcp_kind,
                   unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  auto [client, server] = support::meet(at);

  REQUIRE(at.listener.close());

  CHECK(support::talk(client, server));
}

TEMPLATE_TEST_CASE("who waits to be accepted sees the end when the listener closes", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  auto client = or_throw(at.connect(soon));

  REQUIRE(at.listener.close());

  std::byte one{};
  const auto got = client.read({&one, 1}, soon);
  CHECK((got == 0 || why(got) == std::errc::connection_reset));
  CHECK(support::eventually([&] { return !client.write(as_bytes("hello?"), soon); }));
}

TEMPLATE_TEST_CASE("what was said before being accepted is heard", "[stream]", local_kind, tcp_kind,
                   unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  auto client = or_throw(at.connect(soon));
  REQUIRE(client.write(as_bytes("early"), soon) == 5);

  auto server = or_throw(at.listener.accept(soon));

  CHECK(support::next_text(server, 5) == "early");
}

TEMPLATE_TEST_CASE("who left before being accepted disturbs nobody", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  for (int visits = 0; visits < 3; ++visits) {
    static_cast<void>(or_throw(at.connect(soon)));
  }
  auto client = or_throw(at.connect(soon));
  REQUIRE(client.write(as_bytes("me"), soon) == 2);
  REQUIRE(client.finish());

  // Whether those who left are accepted or passed over is left to the system.
  std::string heard;
  while (heard.empty()) {
    auto server = or_throw(at.listener.accept(soon));
    heard = support::text_of(support::rest_of(server));
  }

  CHECK(heard == "me");
}

TEMPLATE_TEST_CASE("accept gives up at its deadline and not before", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  const auto begin = steady::now();

  CHECK(why(at.listener.accept(0ms)) == std::errc::timed_out);
  CHECK(why(at.listener.accept(50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
}

TEMPLATE_TEST_CASE("accept waits for who comes later", "[stream]", local_kind, tcp_kind,
                   unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  for (const bool is_timed : {false, true}) {
    TestType at;
    strait::result<typename TestType::stream> server;
    typename TestType::stream client;
    {
      const std::jthread waiting{
          [&] { server = is_timed ? at.listener.accept(soon) : at.listener.accept(); }};
      client = or_throw(at.connect(soon));
    }
    REQUIRE(server);
    CHECK(support::talk(client, *server));
  }
}

TEMPLATE_TEST_CASE("a stop ends an accept that waits, and one that would not have to", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  strait::result<typename TestType::stream> server;
  std::stop_source source;

  {
    const std::jthread waiting{[&] { server = at.listener.accept({soon, source.get_token()}); }};
    source.request_stop();
  }
  CHECK(why(server) == std::errc::operation_canceled);
  auto client = or_throw(at.connect(soon));
  CHECK(why(at.listener.accept(source.get_token())) == std::errc::operation_canceled);
  CHECK(why(at.connect(source.get_token())) == std::errc::operation_canceled);

  auto accepted = or_throw(at.listener.accept(soon));  // nobody was lost
  CHECK(support::talk(client, accepted));
}

TEMPLATE_TEST_CASE("a backlog of nothing and one of everything are no failure", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  for (const std::uint32_t backlog : {0U, 0xffffffffU}) {
    TestType at{backlog};
    auto [client, server] = support::meet(at);
    CHECK(support::talk(client, server));
  }
}

TEMPLATE_TEST_CASE("several threads accept, and each connection gets to one of them", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  const auto visitors = support::scaled(20'000, 200);
  std::mutex guard;
  std::vector<std::uint64_t> seen;
  std::stop_source source;

  const auto serve = [&] {
    while (auto server = at.listener.accept({soon, source.get_token()})) {
      std::array<std::uint64_t, 1> number{};
      if (!strait::read_exactly(*server, std::as_writable_bytes(std::span{number}), soon)) return;
      if (!strait::write_all(*server, std::as_bytes(std::span{number}), soon)) return;
      const std::scoped_lock lock{guard};
      seen.push_back(number[0]);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) threads.emplace_back(serve);
    for (std::uint64_t i = 0; i < visitors; ++i) {
      auto client = or_throw(at.connect(soon));
      const std::array number{i};
      std::array<std::uint64_t, 1> echo{};
      or_throw(strait::write_all(client, std::as_bytes(std::span{number}), soon));
      or_throw(strait::read_exactly(client, std::as_writable_bytes(std::span{echo}), soon));
      if (echo != number) FAIL("another's answer");
    }
    source.request_stop();
  }

  std::ranges::sort(seen);
  REQUIRE(seen.size() == visitors);
  for (std::uint64_t i = 0; i < visitors; ++i) {
    if (seen[i] != i) FAIL("visitor " << i << " was not accepted exactly once");
  }
}

TEMPLATE_TEST_CASE("of threads that accept with a deadline none overstays it", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  constexpr auto limit = 100ms;
  std::atomic<int> accepted = 0;
  std::atomic<int> late = 0;
  std::vector<typename TestType::stream> clients;

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto begin = steady::now();
        if (at.listener.accept(limit)) ++accepted;
        if (steady::now() - begin > limit + 5s) ++late;  // on a machine that may be slow
      });
    }
    for (int i = 0; i < 3; ++i) clients.push_back(or_throw(at.connect(soon)));
  }

  CHECK(late == 0);
  CHECK(accepted <= 3);
}
