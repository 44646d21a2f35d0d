// SPDX-License-Identifier: MIT
// TCP in large numbers, and beside all other things to wait for.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <strait/local_stream.hpp>
#include <strait/pipe.hpp>
#include <strait/tcp.hpp>
#include <strait/throw.hpp>
#include <strait/wait.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
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

TEST_CASE("ten thousand connections are open at once, and none takes another's bytes", "[tcp]") {
  const auto many = support::scaled(10'000, 500);
  support::allow_handles((2 * many) + 200);
  support::tcp_server to;
  std::vector<support::tcp_connection> all;
  all.reserve(many);
  static_cast<void>(support::connect_to(to));  // what the first one alone needs
  const auto before = support::memory_in_use();

  while (all.size() < many) all.push_back(support::connect_to(to));
  const auto per_connection = (support::memory_in_use() - before) / many;
  std::printf("memory of this process per TCP connection, both ends: %zu bytes\n", per_connection);
  CHECK(per_connection < 8'192);

  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto text = std::to_string(i);
    if (!all[i].client.write(as_bytes(text), soon)) FAIL("no room in " << i);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto text = std::to_string(i);
    if (next_text(all[i].server, text.size()) != text) FAIL("not the bytes of " << i);
  }
}

TEST_CASE("a thousand sockets are waited for at once", "[tcp][wait]") {
  constexpr std::size_t many = 1'000;
  support::allow_handles((2 * many) + 200);
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
