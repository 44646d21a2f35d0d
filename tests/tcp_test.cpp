// SPDX-License-Identifier: MIT
#include <strait/tcp.hpp>

#include <array>
#include <chrono>
#include <span>
#include <string>
#include <thread>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/kinds.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/tcp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::endpoint;
using strait::ip_address;
using strait::or_throw;
using strait::tcp_listener;
using strait::tcp_stream;
using support::connect_to;
using support::next_text;
using support::soon;
using support::tcp_connected;
using support::tcp_server;
using support::why;
using steady = std::chrono::steady_clock;

TEST_CASE("both ends of a TCP stream know where they are", "[tcp]") {
  tcp_server to;
  auto [client, server] = connect_to(to);

  CHECK(to.at.port != 0);
  CHECK(or_throw(client.remote()) == to.at);
  CHECK(or_throw(server.local()) == to.at);
  CHECK(or_throw(client.local()) == or_throw(server.remote()));
}

TEST_CASE("a peer that throws the connection away is told from the end", "[tcp]") {
  auto [client, server] = tcp_connected({.linger = 0s});
  REQUIRE(server.close());
  if (support::under_wine()) return support::skip("the error goes to Wine's server, not to us");
  std::array<std::byte, 8> into{};

  CHECK(why(client.read(into, soon)) == condition::connection_reset);
}

TEST_CASE("a connection that was thrown away is ready to be read, for a read tells of it",
          "[tcp][wait]") {
  for (const bool waits_before : {false, true}) {
    support::tcp_server to{{.streams = {.linger = 0s}}};
    auto [client, server] = support::connect_to(to);
    strait::result<std::size_t> woken;
    {
      std::jthread waiting;
      if (waits_before) {
        waiting = std::jthread{
            [&, &from = client] { woken = strait::wait_any({from.readable()}, soon); }};
      }
      REQUIRE(server.close());
    }
    if (!waits_before) woken = strait::wait_any({client.readable()}, soon);
    CHECK(woken == 0);
  }
}

TEST_CASE("a listener whose connections cannot be as they should be is not made", "[tcp]") {
  if (support::under_wine()) return support::skip("Wine takes any number for keep-alive");
  const strait::tcp_keep_alive never{.idle = 24h * 365, .interval = 24h * 365, .count = 100'000};
  CHECK(why(tcp_listener::create(support::any_port, {.streams = {.keep_alive = never}})) ==
        condition::invalid_argument);
}

TEST_CASE("who waits for a listener is woken although another has waited and gone", "[tcp][wait]") {
  support::tcp_server to;
  strait::result<std::size_t> woken;
  strait::result<tcp_stream> client;
  {
    const std::jthread waiting{[&] { woken = strait::wait_any({to.listener.acceptable()}, soon); }};
    CHECK(why(strait::wait_any({to.listener.acceptable()}, 50ms)) == condition::timed_out);
    client = tcp_stream::connect(to.at, soon);
  }
  CHECK(client);
  CHECK(woken == 0);
}

TEST_CASE("a stream that lingers is closed, and its peer gets all", "[tcp]") {
  auto [client, server] = tcp_connected({.linger = 2s});
  or_throw(strait::write_all(client, as_bytes("to the end"), soon));
  CHECK(client.close());
  CHECK(support::text_of(support::rest_of(server)) == "to the end");
}

TEST_CASE("writing to a TCP peer that has closed fails, without a signal", "[tcp]") {
  auto [client, server] = tcp_connected();
  REQUIRE(server.close());
  const auto fails = [&client] {
    const auto written = client.write(as_bytes("anyone?"), soon);
    return !written && support::is_gone(written.error());
  };
  CHECK(support::eventually(fails));  // the first may go before the answer comes
}

TEST_CASE("TCP streams that are closed say so", "[tcp]") {
  tcp_stream none;
  std::array<std::byte, 1> one{};
  CHECK_FALSE(none);
  CHECK(why(none.read(one)) == condition::bad_file_descriptor);
  CHECK(why(none.read(one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.write(one)) == condition::bad_file_descriptor);
  CHECK(why(none.write(one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.finish()) == condition::bad_file_descriptor);
  CHECK(why(none.local()) == condition::bad_file_descriptor);
  CHECK(why(none.remote()) == condition::bad_file_descriptor);
  CHECK(why(none.set({})) == condition::bad_file_descriptor);
  CHECK(none.close());
  tcp_listener closed;
  CHECK(why(closed.accept(0ms)) == condition::bad_file_descriptor);
  CHECK(why(closed.local()) == condition::bad_file_descriptor);
  CHECK(why(strait::wait_any({none.readable()}, 0ms)) == condition::bad_file_descriptor);
}

TEST_CASE("a port has one listener", "[tcp]") {
  const tcp_server first;
  const auto refused = why(tcp_listener::create(first.at));
  CHECK(refused == condition::address_in_use);
  CHECK(refused.subject.text() == first.at.text());
}

TEST_CASE("a port is free at once when its listener has closed", "[tcp]") {
  tcp_server first;
  auto [client, server] = connect_to(first);
  REQUIRE(first.listener.close());
  REQUIRE(server.close());  // its side of the connection waits for a while, in the system
  REQUIRE(client.close());

  CHECK(tcp_listener::create(first.at));
}

TEST_CASE("nobody listens: the connection is refused, and the error says where", "[tcp]") {
  tcp_server gone;
  REQUIRE(gone.listener.close());
  const auto refused = why(tcp_stream::connect(gone.at, soon));
  CHECK(refused == condition::connection_refused);
  CHECK(refused.subject.text() == gone.at.text());
}

TEST_CASE("of several endpoints the first that answers is taken", "[tcp]") {
  tcp_server gone;
  tcp_server there;
  REQUIRE(gone.listener.close());
  const std::array all{gone.at, gone.at, there.at};
  const auto begin = steady::now();
  const auto client = or_throw(tcp_stream::connect(all, soon));
  CHECK(or_throw(client.remote()) == there.at);
  CHECK(steady::now() - begin < 5s);
  CHECK(why(tcp_stream::connect(std::span<const endpoint>{}, soon)) == condition::invalid_argument);
}

TEST_CASE("a host is connected to by its name", "[tcp]") {
  tcp_server to;
  const auto client = or_throw(tcp_stream::connect("localhost", std::to_string(to.at.port), soon));
  CHECK(or_throw(client.remote()) == to.at);
  CHECK(why(tcp_stream::connect("127.0.0.1", "no-such-service", soon)) ==
        condition::invalid_argument);
}

TEST_CASE("IPv6 is as good as IPv4", "[tcp]") {
  const endpoint v6{.address = ip_address::loopback_v6(), .port = 0};
  auto made = tcp_listener::create(v6);
  if (!made) return support::skip("there is no IPv6 here");
  tcp_server to{{}, v6};
  auto [client, server] = connect_to(to);
  or_throw(strait::write_all(client, as_bytes("six"), soon));
  CHECK(next_text(server, 3) == "six");
  CHECK(or_throw(client.remote()).address == ip_address::loopback_v6());
}

TEST_CASE("a listener serves both families if that is wanted", "[tcp]") {
  const endpoint any_v6{.address = ip_address::any_v6(), .port = 0};
  if (!tcp_listener::create(any_v6)) return support::skip("there is no IPv6 here");
  tcp_server both{{.dual_stack = true}, any_v6};
  const endpoint v4{.address = ip_address::loopback_v4(), .port = both.at.port};
  const auto client = or_throw(tcp_stream::connect(v4, soon));
  const auto server = or_throw(both.listener.accept(soon));
  CHECK(or_throw(server.remote()).address.unmapped() == ip_address::loopback_v4());

  const tcp_server six{{}, any_v6};
  const endpoint other{.address = ip_address::loopback_v4(), .port = six.at.port};
  CHECK(why(tcp_stream::connect(other, soon)) == condition::connection_refused);
}

TEST_CASE("the options of a connection can be set", "[tcp]") {
  auto [client, server] = tcp_connected({.no_delay = false,
                                         .keep_alive = strait::tcp_keep_alive{},
                                         .linger = 2s,
                                         .send_buffer = 100'000,
                                         .receive_buffer = 100'000});
  CHECK(client.set({.no_delay = true, .keep_alive = strait::tcp_keep_alive{5s, 1s, 3}}));
  or_throw(strait::write_all(client, as_bytes("as before"), soon));
  CHECK(next_text(server, 9) == "as before");
}

TEST_CASE("released TCP streams are adopted again, and nothing else is", "[tcp]") {
  tcp_server to;
  auto [client, server] = connect_to(to);
  auto again = or_throw(tcp_stream::adopt(client.release()));
  CHECK_FALSE(client);
  or_throw(strait::write_all(again, as_bytes("still"), soon));
  CHECK(next_text(server, 5) == "still");

  CHECK(why(tcp_listener::adopt(server.release())) == condition::invalid_argument);
  CHECK(why(tcp_stream::adopt(to.listener.release())) == condition::invalid_argument);
  CHECK(why(tcp_stream::adopt({})) == condition::bad_file_descriptor);
}

TEST_CASE("a TCP listener that is adopted accepts", "[tcp]") {
  tcp_server to;
  auto again = or_throw(tcp_listener::adopt(to.listener.release()));
  const auto client = or_throw(tcp_stream::connect(to.at, soon));
  CHECK(again.accept(soon));
}

TEST_CASE("TCP joins the waits for anything", "[tcp][wait]") {
  tcp_server to;
  CHECK(why(strait::wait_any({to.listener.acceptable()}, 0ms)) == condition::timed_out);
  auto client = or_throw(tcp_stream::connect(to.at, soon));
  CHECK(strait::wait_any({to.listener.acceptable()}, soon) == 0);
  CHECK(strait::wait_any({to.listener.acceptable()}, 0ms) == 0);  // until somebody accepts
  auto server = or_throw(to.listener.accept(soon));
  CHECK(why(strait::wait_any({to.listener.acceptable()}, 0ms)) == condition::timed_out);

  CHECK(why(strait::wait_any({server.readable()}, 10ms)) == condition::timed_out);
  CHECK(strait::wait_any({server.readable(), server.writable()}, soon) == 1);
  or_throw(strait::write_all(client, as_bytes("x"), soon));
  CHECK(strait::wait_any({server.readable()}, soon) == 0);
  CHECK(next_text(server, 1) == "x");
  REQUIRE(client.close());
  CHECK(strait::wait_any({server.readable()}, soon) == 0);
  CHECK(support::rest_of(server).empty());
}
