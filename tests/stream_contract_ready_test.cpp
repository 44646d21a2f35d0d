// SPDX-License-Identifier: MIT
// What every kind of stream and listener keeps: being waited for, released and adopted.
#include "support/kinds.hpp"

#include <array>
#include <chrono>
#include <thread>
#include <utility>

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
using strait::wait_any;
using support::connected;
using support::local_kind;
using support::soon;
using support::tcp_kind;
using support::unix_kind;
using support::why;

TEMPLATE_TEST_CASE("a stream is ready when data is there, and until it was read", "[stream][wait]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  CHECK(why(wait_any({server.readable()}, 20ms)) == std::errc::timed_out);

  REQUIRE(client.write(as_bytes("data"), soon) == 4);

  CHECK(wait_any({server.readable()}) == 0);
  CHECK(wait_any({client.readable(), server.readable()}, 0ms) == 1);
  CHECK(support::next_text(server, 4) == "data");
  CHECK(why(wait_any({server.readable()}, 0ms)) == std::errc::timed_out);
}

TEMPLATE_TEST_CASE("data that comes later wakes who waits for a stream", "[stream][wait]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  strait::result<std::size_t> woken;

  {
    const std::jthread waiting{[&, &from = server] { woken = wait_any({from.readable()}, soon); }};
    REQUIRE(client.write(as_bytes("x"), soon) == 1);
  }

  CHECK(woken == 0);
  CHECK(support::next_text(server, 1) == "x");
}

TEMPLATE_TEST_CASE("a stream is ready at its end, which is then read", "[stream][wait]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
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

TEMPLATE_TEST_CASE("a stream is ready to write while there is room", "[stream][wait]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  if (support::under_wine() && !TestType::shows_room)
    return support::skip("Wine does not tell how much room there is");
  auto [client, server] = connected<TestType>();
  CHECK(wait_any({client.writable()}, 0ms) == 0);
  const auto full = support::fill_up(client);

  CHECK(why(wait_any({client.writable()}, 20ms)) == std::errc::timed_out);

  CHECK(support::next_text(server, full).size() == full);
  CHECK(wait_any({client.writable()}, soon) == 0);
  CHECK(client.write(as_bytes("x"), 0ms) == 1);
}

TEMPLATE_TEST_CASE("a listener is ready when somebody waits to be accepted", "[stream][wait]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  CHECK(why(wait_any({at.listener.acceptable()}, 20ms)) == std::errc::timed_out);

  auto client = or_throw(at.connect(soon));

  for (int again = 0; again < 2; ++again) CHECK(wait_any({at.listener.acceptable()}, soon) == 0);
  auto server = or_throw(at.listener.accept(0ms));
  CHECK(support::talk(client, server));
  CHECK(why(wait_any({at.listener.acceptable()}, 0ms)) == std::errc::timed_out);
}

TEMPLATE_TEST_CASE("who connects later wakes who waits for a listener", "[stream][wait]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  TestType at;
  auto [reader, writer] = or_throw(strait::pipe::create());
  strait::result<std::size_t> woken;
  typename TestType::stream client;

  {
    const std::jthread waiting{[&, &other = reader] {
      woken = wait_any({other.readable(), at.listener.acceptable()}, soon);
    }};
    client = or_throw(at.connect(soon));
  }

  CHECK(woken == 1);
  auto server = or_throw(at.listener.accept(soon));
  CHECK(support::talk(client, server));
}

TEMPLATE_TEST_CASE("a closed stream and a closed listener are named by a wait", "[stream][wait]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  REQUIRE(server.close());
  const typename TestType::listener_type listener;
  std::array things{server.readable(), listener.acceptable()};

  CHECK(why(wait_any(things, soon)) == std::errc::bad_file_descriptor);
  for (const auto& thing : things) CHECK(thing.is_ready());
}

TEMPLATE_TEST_CASE("released streams are adopted again and work as before", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  REQUIRE(client.write(as_bytes("left "), soon) == 5);

  auto raw_client = client.release();
  auto raw_server = server.release();
  CHECK_FALSE(client);
  CHECK_FALSE(server);
  auto here = or_throw(TestType::stream::adopt(std::move(raw_client)));
  auto there = or_throw(TestType::stream::adopt(std::move(raw_server)));

  CHECK(support::next_text(there, 5) == "left ");
  CHECK(support::talk(here, there));
  std::byte one{};
  CHECK(why(here.read({&one, 1}, 5ms)) == std::errc::timed_out);
  REQUIRE(here.finish());
  CHECK(support::rest_of(there).empty());
  REQUIRE(there.close());
  CHECK(support::rest_of(here).empty());
}

TEMPLATE_TEST_CASE("a stream is adopted although its peer has closed, and read to its end",
                   "[stream]", local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  REQUIRE(client.write(as_bytes("last words"), soon) == 10);
  REQUIRE(client.close());

  auto adopted = or_throw(TestType::stream::adopt(server.release()));

  CHECK(support::text_of(support::rest_of(adopted)) == "last words");
}
