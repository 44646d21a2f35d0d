// SPDX-License-Identifier: MIT
// Local listeners with many who connect, and many threads that accept.
#include <strait/local_stream.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using support::soon;
using support::unique_name;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

// Connects until nobody more may wait.
std::vector<local_stream> crowd(const strait::name& name) {
  std::vector<local_stream> waiting;
  constexpr std::size_t far_too_many = 100;
  while (waiting.size() < far_too_many) {
    auto one = local_stream::connect(name, 0ms);
    if (!one) break;
    waiting.push_back(*std::move(one));
  }
  return waiting;
}

}  // namespace

TEST_CASE("who finds the backlog full gives up at the deadline and not before", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name, {.backlog = 4}));
  const auto waiting = crowd(name);
  CHECK(waiting.size() >= 4);
  CHECK(waiting.size() < 20);
  const auto begin = steady::now();

  CHECK(why(local_stream::connect(name, 0ms)) == std::errc::timed_out);
  CHECK(why(local_stream::connect(name, 50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
}

TEST_CASE("who finds the backlog full gets in when others were accepted", "[local]") {
  for (const bool is_timed : {false, true}) {
    const auto name = unique_name();
    auto listener = or_throw(local_listener::create(name, {.backlog = 1}));
    auto waiting = crowd(name);
    REQUIRE(why(local_stream::connect(name, 0ms)) == std::errc::timed_out);
    strait::result<local_stream> last;
    std::vector<local_stream> accepted;
    {
      const std::jthread connecting{[&] {
        last = is_timed ? local_stream::connect(name, soon) : local_stream::connect(name);
      }};
      for (std::size_t i = 0; i <= waiting.size(); ++i) {
        accepted.push_back(or_throw(listener.accept(soon)));
      }
    }
    REQUIRE(last);
    CHECK(support::talk(*last, accepted.back()));
    CHECK(support::talk(waiting.front(), accepted.front()));
  }
}

TEST_CASE("a stop ends a wait for a full backlog", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name, {.backlog = 1}));
  const auto waiting = crowd(name);
  strait::result<local_stream> last;
  std::stop_source source;

  {
    const std::jthread connecting{
        [&] { last = local_stream::connect(name, {soon, source.get_token()}); }};
    source.request_stop();
  }

  CHECK(why(last) == std::errc::operation_canceled);
}

TEST_CASE("a backlog of nothing and one of everything are no failure", "[local]") {
  for (const std::uint32_t backlog : {0U, 0xffffffffU}) {
    const auto name = unique_name();
    auto listener = or_throw(local_listener::create(name, {.backlog = backlog}));
    auto [client, server] = support::connect_to(listener, name);
    CHECK(support::talk(client, server));
  }
}

TEST_CASE("several threads accept, and each connection gets to one of them", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  const auto visitors = support::scaled(20'000, 200);
  std::mutex guard;
  std::vector<std::uint64_t> seen;
  std::stop_source source;

  const auto serve = [&] {
    while (auto server = listener.accept({soon, source.get_token()})) {
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
      auto client = or_throw(local_stream::connect(name, soon));
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

TEST_CASE("of threads that accept with a deadline none overstays it", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  constexpr auto limit = 100ms;
  std::atomic<int> accepted = 0;
  std::atomic<int> late = 0;
  std::vector<local_stream> clients;

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto begin = steady::now();
        if (listener.accept(limit)) ++accepted;
        if (steady::now() - begin > limit + 5s) ++late;  // on a machine that may be slow
      });
    }
    for (int i = 0; i < 3; ++i) clients.push_back(or_throw(local_stream::connect(name, soon)));
  }

  CHECK(late == 0);
  CHECK(accepted <= 3);
}

TEST_CASE("threads take turns at a name, and never two of them have it", "[local]") {
  const auto name = unique_name();
  const auto rounds = support::scaled(2'000, 40);
  std::atomic<int> owners = 0;
  std::atomic<int> wrong = 0;

  const auto take_turns = [&] {
    for (std::size_t done = 0; done < rounds;) {
      auto listener = local_listener::create(name);
      if (!listener) {
        if (listener.error() != std::errc::address_in_use) ++wrong;
        std::this_thread::yield();
        continue;
      }
      if (++owners != 1) ++wrong;
      // Whoever had the name before may still be closing: that must not take it from us.
      auto client = local_stream::connect(name, soon);
      auto server = listener->accept(soon);
      if (!client || !server || !support::talk(*client, *server)) ++wrong;
      --owners;
      if (!listener->close()) ++wrong;
      ++done;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(take_turns);
  }

  CHECK(wrong == 0);
}
