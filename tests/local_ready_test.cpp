// SPDX-License-Identifier: MIT
// Local streams and listeners among the things to wait for.
#include <strait/local_stream.hpp>

#include <array>
#include <thread>
#include <utility>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>
#include <strait/wait.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using strait::wait_any;
using support::connected;
using support::soon;
using support::why;

TEST_CASE("a stream is ready when data is there, and until it was read", "[local][wait]") {
  auto [client, server] = connected();
  CHECK(why(wait_any({server.readable()}, 20ms)) == std::errc::timed_out);

  REQUIRE(client.write(as_bytes("data"), soon) == 4);

  CHECK(wait_any({server.readable()}) == 0);
  CHECK(wait_any({client.readable(), server.readable()}, 0ms) == 1);
  CHECK(support::next_text(server, 4) == "data");
  CHECK(why(wait_any({server.readable()}, 0ms)) == std::errc::timed_out);
}

TEST_CASE("data that comes later wakes who waits for a stream", "[local][wait]") {
  auto [client, server] = connected();
  strait::result<std::size_t> woken;

  {
    const std::jthread waiting{[&, &from = server] { woken = wait_any({from.readable()}, soon); }};
    REQUIRE(client.write(as_bytes("x"), soon) == 1);
  }

  CHECK(woken == 0);
  CHECK(support::next_text(server, 1) == "x");
}

TEST_CASE("a stream is ready at its end, which is then read", "[local][wait]") {
  auto [client, server] = connected();
  std::byte one{};
  REQUIRE(client.finish());

  for (int again = 0; again < 2; ++again) {
    CHECK(wait_any({server.readable()}, soon) == 0);
    CHECK(server.read({&one, 1}, 0ms) == 0);
  }
  REQUIRE(server.write(as_bytes("x"), soon) == 1);
  CHECK(wait_any({client.readable()}, soon) == 0);
  CHECK(support::next_text(client, 1) == "x");
  REQUIRE(server.close());
  CHECK(wait_any({client.readable()}, soon) == 0);
  CHECK(client.read({&one, 1}, 0ms) == 0);
}

TEST_CASE("a stream is ready to write while there is room", "[local][wait]") {
  if (support::under_wine()) return support::skip("Wine does not tell how much room there is");
  auto [client, server] = connected();
  CHECK(wait_any({client.writable()}, 0ms) == 0);
  const auto full = support::fill(client);

  CHECK(why(wait_any({client.writable()}, 20ms)) == std::errc::timed_out);

  CHECK(support::next_text(server, full).size() == full);
  CHECK(wait_any({client.writable()}, soon) == 0);
  CHECK(client.write(as_bytes("x"), 0ms) == 1);
}

TEST_CASE("a listener is ready when somebody waits to be accepted", "[local][wait]") {
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(name));
  CHECK(why(wait_any({listener.acceptable()}, 20ms)) == std::errc::timed_out);

  auto client = or_throw(local_stream::connect(name, soon));

  for (int again = 0; again < 2; ++again) CHECK(wait_any({listener.acceptable()}, soon) == 0);
  auto server = or_throw(listener.accept(0ms));
  CHECK(support::talk(client, server));
  CHECK(why(wait_any({listener.acceptable()}, 0ms)) == std::errc::timed_out);
}

TEST_CASE("who connects later wakes who waits for a listener", "[local][wait]") {
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto [reader, writer] = or_throw(strait::pipe::create());
  strait::result<std::size_t> woken;
  local_stream client;

  {
    const std::jthread waiting{[&, &other = reader] {
      woken = wait_any({other.readable(), listener.acceptable()}, soon);
    }};
    client = or_throw(local_stream::connect(name, soon));
  }

  CHECK(woken == 1);
  auto server = or_throw(listener.accept(soon));
  CHECK(support::talk(client, server));
}

TEST_CASE("a closed stream and a closed listener are named by a wait", "[local][wait]") {
  auto [client, server] = connected();
  REQUIRE(server.close());
  const local_listener listener;
  std::array things{server.readable(), listener.acceptable()};

  CHECK(why(wait_any(things, soon)) == std::errc::bad_file_descriptor);
  for (const auto& thing : things) CHECK(thing.is_ready());
}
