// SPDX-License-Identifier: MIT
// Local streams and listeners of processes that are killed, and of many that want one name.
#include <strait/local_stream.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/local.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::inherited;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::unique_name;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

// Opens and closes, and answers who comes, until it is killed.
const support::role serves_for_ever{"local.serves_for_ever", [](support::role_args args) -> int {
  auto ready = or_throw(inherited<strait::pipe_writer>("ready"));
  or_throw(ready.write(as_bytes("!"), soon));
  for (;;) {
    auto listener = or_throw(local_listener::create(args[0]));
    auto stream = listener.accept(20ms);
    std::array<std::byte, 100> some{};
    if (const auto got = stream ? stream->read(some, soon) : 0; got) {
      static_cast<void>(stream->write(strait::const_bytes{some}.first(*got), soon));
    }
  }
}};

// Connects, asks and goes away again, until it is killed.
const support::role visits_for_ever{"local.visits_for_ever", [](support::role_args args) -> int {
  auto ready = or_throw(inherited<strait::pipe_writer>("ready"));
  or_throw(ready.write(as_bytes("!"), soon));
  for (;;) {
    auto stream = or_throw(local_stream::connect(args[0], soon));
    or_throw(stream.write(as_bytes("question"), soon));
    static_cast<void>(support::next_text(stream, 8));
  }
}};

const support::role is_killed_at{"local.is_killed_at", [](support::role_args args) {
  support::kill_at(std::stoul(args[1]));
  auto listener = or_throw(local_listener::create(args[0]));
  auto client = or_throw(local_stream::connect(args[0], soon));
  auto server = or_throw(listener.accept(soon));
  or_throw(listener.close());
  return 0;
}};

// Creates the name when told to, tells how that went, and gives it back when told to.
const support::role races{"local.races", [](support::role_args args) {
  auto parent = or_throw(inherited<strait::duplex_pipe>("parent"));
  std::byte one{};
  while (or_throw(parent.read({&one, 1}, soon)) == 1) {
    const auto listener = local_listener::create(args[0]);
    const auto outcome = why(listener);
    const auto* const word = outcome == std::errc::address_in_use ? "l" : "?";
    or_throw(parent.write(as_bytes(listener ? "w" : word), soon));
    if (or_throw(parent.read({&one, 1}, soon)) != 1) return 1;
  }
  return 0;
}};

const support::role takes_and_dies{"local.takes_and_dies", [](support::role_args args) -> int {
  const auto listener = or_throw(local_listener::create(args[0]));
  support::kill_this_process();
}};

strait::child start_when_ready(const support::role& role, const std::string& name) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = role.command({name});
  command.give.emplace_back("ready", std::move(writer));
  auto child = support::start(command);
  if (support::next_text(reader, 1) != "!") throw std::runtime_error{"not ready"};
  return child;
}

// Kills it after a while that differs from round to round.
void kill_after_a_while(strait::child& child, std::mt19937& dice) {
  const auto end = steady::now() + std::chrono::microseconds{dice() % 15'000};
  while (steady::now() < end) std::this_thread::yield();
  support::kill_hard(child.id());
}

// Whether the name can be taken, without waiting, and serves.
void check_name_is_free(const std::string& name) {
  const auto begin = steady::now();
  auto listener = or_throw(local_listener::create(name));
  CHECK(steady::now() - begin < 5s);  // at once, on a machine that may be slow
  auto [client, server] = support::connect_to(listener, name);
  CHECK(support::talk(client, server));
}

}  // namespace

TEST_CASE("the name of a listener that was killed is free at once", "[local]") {
  const auto name = unique_name();
  CHECK(support::outcome_of(takes_and_dies.command({name})) == support::killed_hard());

  check_name_is_free(name);
}

TEST_CASE("a listener may be killed at any moment", "[local]") {
  const auto name = unique_name();
  std::mt19937 dice{3};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  for (std::size_t round = support::scaled(50, 8); round > 0; --round) {
    auto server = start_when_ready(serves_for_ever, name);
    bool overstayed = false;
    {
      const std::jthread visiting{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const auto begin = steady::now();
          auto stream = local_stream::connect(name, 200ms);
          std::array<std::byte, 8> answer{};
          if (stream && stream->write(as_bytes("question"), 200ms)) {
            static_cast<void>(strait::read_exactly(*stream, answer, 200ms));
          }
          overstayed = overstayed || steady::now() - begin > 5s;
        }
      }};
      kill_after_a_while(server, dice);
      CHECK(support::end_of(server) == support::killed_hard());
    }
    CHECK_FALSE(overstayed);
    check_name_is_free(name);
  }
}

TEST_CASE("who connects may be killed at any moment", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  std::mt19937 dice{4};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  std::size_t answered = 0;
  std::jthread serving{[&](const std::stop_token& stop) {
    while (auto stream = listener.accept({soon, stop})) {
      std::array<std::byte, 8> question{};
      if (!strait::read_exactly(*stream, question, soon)) continue;
      if (strait::write_all(*stream, question, soon)) ++answered;
    }
  }};

  for (std::size_t round = support::scaled(50, 8); round > 0; --round) {
    auto client = start_when_ready(visits_for_ever, name);
    kill_after_a_while(client, dice);
    CHECK(support::end_of(client) == support::killed_hard());
    auto next = or_throw(local_stream::connect(name, soon));  // the listener has not suffered
    REQUIRE(strait::write_all(next, as_bytes("question"), soon));
    CHECK(support::next_text(next, 8) == "question");
  }

  serving.request_stop();
  serving.join();
  CHECK(answered > 0);
}

TEST_CASE("at whatever step a listener is killed, the next one has its name at once", "[local]") {
  const auto name = unique_name();
  constexpr std::size_t far_too_many = 100;
  std::size_t step = 1;
  for (; step < far_too_many; ++step) {
    const auto end = support::outcome_of(is_killed_at.command({name, std::to_string(step)}));
    INFO("killed at step " << step);
    check_name_is_free(name);
    if (end == exit_code(0)) break;
    REQUIRE(end == support::killed_hard());
  }

  CHECK(step > 3);  // or there are no fail points
  CHECK(step < far_too_many);
}

TEST_CASE("a peer that is killed is the end of its stream, and broken_pipe", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto client = start_when_ready(visits_for_ever, name);
  auto stream = or_throw(listener.accept(soon));
  CHECK(support::next_text(stream, 8) == "question");
  strait::result<std::size_t> got = 99;
  std::byte one{};

  {
    const std::jthread waiting{[&] { got = stream.read({&one, 1}, soon); }};
    support::kill_hard(client.id());
  }

  CHECK(got == 0);
  CHECK(why(stream.write(as_bytes("x"))) == std::errc::broken_pipe);
  CHECK(support::end_of(client) == support::killed_hard());
}

TEST_CASE("of many processes that want one name, one gets it", "[local]") {
  constexpr std::size_t runners = 24;
  const auto name = unique_name();
  struct runner {
    strait::duplex_pipe talk;
    strait::child child;
  };
  std::vector<runner> field;
  for (std::size_t i = 0; i < runners; ++i) {
    auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
    auto command = races.command({name});
    command.give.emplace_back("parent", std::move(theirs));
    field.push_back({.talk = std::move(ours), .child = support::start(command)});
  }

  for (std::size_t round = support::scaled(500, 10); round > 0; --round) {
    // Every other time somebody dead has it.
    if (round % 2 == 0) static_cast<void>(support::outcome_of(takes_and_dies.command({name})));
    std::string answers;
    for (auto& r : field) REQUIRE(r.talk.write(as_bytes("?"), soon) == 1);
    for (auto& r : field) answers += support::next_text(r.talk, 1);
    INFO(answers);
    CHECK(std::ranges::count(answers, 'w') == 1);
    CHECK(std::ranges::count(answers, 'l') == runners - 1);
    for (auto& r : field) REQUIRE(r.talk.write(as_bytes("!"), soon) == 1);
    CHECK(support::eventually([&] { return local_listener::create(name).has_value(); }));
  }

  for (auto& r : field) REQUIRE(r.talk.writer.close());
  for (auto& r : field) CHECK(support::end_of(r.child) == exit_code(0));
}
