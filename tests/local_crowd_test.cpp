// SPDX-License-Identifier: MIT
// Local listeners with many who connect, and many threads that accept.
#include <strait/local_stream.hpp>

#include <atomic>
#include <chrono>
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
