// SPDX-License-Identifier: MIT
// TCP in large numbers, and beside all other things to wait for.
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <strait/local_stream.hpp>
#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/tcp.hpp>
#include <strait/throw.hpp>
#include <strait/wait.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/tcp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using strait::wait_any;
using support::next_text;
using support::soon;
using support::why;

namespace {

using number = std::array<std::uint64_t, 1>;

// Connects so many times, says which time it was in each, and hears the same.
const support::role crowd{"tcp.crowd", [](support::role_args args) {
  const auto at = or_throw(strait::endpoint::parse(args[0]));
  std::vector<strait::tcp_stream> all(std::stoul(args[1]));
  if (!support::allow_handles(all.size() + 200)) return 2;
  for (auto& one : all) one = or_throw(strait::tcp_stream::connect(at, soon));
  for (number i{0}; i[0] < all.size(); ++i[0]) {
    or_throw(strait::write_all(all[i[0]], std::as_bytes(std::span{i}), soon));
  }
  for (number i{0}; i[0] < all.size(); ++i[0]) {
    number heard{};
    or_throw(strait::read_exactly(all[i[0]], std::as_writable_bytes(std::span{heard}), soon));
    if (heard != i) return 1;
  }
  return 0;
}};

// The first that a process does with sockets, done by many threads at once.
const support::role begins_at_once{"tcp.begins_at_once", [](support::role_args /*args*/) {
  constexpr int threads = 16;
  std::barrier together{threads};
  std::atomic<int> well = 0;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&together, &well] {
        together.arrive_and_wait();
        if (strait::tcp_listener::create(support::any_port)) ++well;
      });
    }
  }
  return well == threads ? 0 : 1;
}};

}  // namespace

TEST_CASE("many threads of a process begin with sockets at once", "[tcp]") {
  for (auto rounds = support::scaled(100, 5); rounds > 0; --rounds) {
    CHECK(support::outcome_of(begins_at_once.command()) == support::exit_code(0));
  }
}

TEST_CASE("ten thousand connections are open at once, and none takes another's bytes", "[tcp]") {
  const auto many = support::scaled(10'000, 500);
  if (!support::allow_handles(many + 200)) return support::skip("too many handles");
  support::tcp_server to;
  auto peers = support::start(crowd.command({to.at.text(), std::to_string(many)}));
  const auto before = support::memory_in_use();
  std::vector<strait::tcp_stream> all(many);

  for (auto& one : all) one = or_throw(to.listener.accept(soon));

  const auto taken = support::memory_in_use() - before;
  static_cast<void>(
      std::printf("%zu TCP connections took %zu KiB of this process: %zu bytes each\n", many,
                  taken / 1024, taken / many));
  CHECK(taken / many < 4096);
  std::vector<bool> heard(many);
  for (auto& one : all) {
    number said{};
    or_throw(strait::read_exactly(one, std::as_writable_bytes(std::span{said}), soon));
    if (said[0] >= many || heard[said[0]]) FAIL("not what was said");
    heard[said[0]] = true;
    or_throw(strait::write_all(one, std::as_bytes(std::span{said}), soon));
  }
  CHECK(support::end_of(peers) == support::exit_code(0));
}

TEST_CASE("a thousand sockets are waited for at once", "[tcp][wait]") {
  constexpr std::size_t many = 1'000;
  if (!support::allow_handles((2 * many) + 200)) return support::skip("too many handles");
  support::tcp_server to;
  std::vector<support::tcp_connection> all;
  while (all.size() < many) all.push_back(support::connect_to(to));
  std::vector<strait::readiness> things;
  for (const auto& one : all) things.push_back(one.server.readable());
  things.push_back(to.listener.acceptable());

  CHECK(why(wait_any(things, 10ms)) == strait::condition::timed_out);
  for (const std::size_t chosen : {std::size_t{0}, many / 2, many - 1}) {
    strait::result<std::size_t> woken;
    {
      const std::jthread waiting{[&] { woken = wait_any(things, soon); }};
      REQUIRE(all[chosen].client.write(as_bytes("x"), soon) == 1);
    }
    CHECK(woken == chosen);
    CHECK(next_text(all[chosen].server, 1) == "x");
  }
  const auto late = or_throw(strait::tcp_stream::connect(to.at, soon));
  CHECK(wait_any(things, soon) == many);
}

TEST_CASE("sockets and everything else are waited for together", "[tcp][wait]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto [here, there] = support::connected();
  support::tcp_server to;
  auto [client, server] = support::connect_to(to);
  std::array things{reader.readable(), there.readable(), server.readable(),
                    to.listener.acceptable()};
  CHECK(why(wait_any(things, 10ms)) == strait::condition::timed_out);

  REQUIRE(client.write(as_bytes("t"), soon) == 1);
  CHECK(wait_any(things, soon) == 2);
  CHECK(next_text(server, 1) == "t");
  REQUIRE(writer.write(as_bytes("p"), soon) == 1);
  CHECK(wait_any(things, soon) == 0);
  CHECK(next_text(reader, 1) == "p");
  REQUIRE(here.write(as_bytes("l"), soon) == 1);
  CHECK(wait_any(things, soon) == 1);
  CHECK(next_text(there, 1) == "l");
  const auto late = or_throw(strait::tcp_stream::connect(to.at, soon));
  CHECK(wait_any(things, soon) == 3);
}
