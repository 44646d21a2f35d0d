// SPDX-License-Identifier: MIT
#include <strait/tcp.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
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
using support::any_port;
using support::connect_to;
using support::next_text;
using support::soon;
using support::tcp_connected;
using support::tcp_server;
using support::text_of;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

// What a stream says whose peer is gone: which of them depends on the system and on the moment.
bool is_gone(const strait::error& why) {
  return why == condition::broken_pipe || why == condition::connection_reset;
}

// Writes as much as fits, and returns how much that was.
std::size_t fill(tcp_stream& to) {
  const std::vector<std::byte> some(65'536);
  std::size_t total = 0;
  for (;;) {
    const auto written = to.write(some, 50ms);
    if (!written) {
      REQUIRE(written.error() == condition::timed_out);
      return total;
    }
    total += *written;
  }
}

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> all(size);
  for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::byte>((i * 31) >> 3U);
  return all;
}

}  // namespace

TEST_CASE("bytes come through TCP in the order they went in, both ways", "[tcp]") {
  auto [client, server] = tcp_connected();
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    REQUIRE(client.write(as_bytes("over"), until) == 4);
    CHECK(next_text(server, 4) == "over");
    REQUIRE(server.write(as_bytes("and back"), until) == 8);
    CHECK(next_text(client, 8) == "and back");
  }
}

TEST_CASE("both ends of a TCP stream know where they are", "[tcp]") {
  tcp_server to;
  auto [client, server] = connect_to(to);

  CHECK(to.at.port != 0);
  CHECK(or_throw(client.remote()) == to.at);
  CHECK(or_throw(server.local()) == to.at);
  CHECK(or_throw(client.local()) == or_throw(server.remote()));
}

TEST_CASE("a read from TCP takes what is there, and leaves what does not fit", "[tcp]") {
  auto [client, server] = tcp_connected();
  REQUIRE(client.write(as_bytes("abcdef"), soon) == 6);
  std::array<std::byte, 4> little{};

  CHECK(or_throw(server.read(little, soon)) <= 4);
  std::array<std::byte, 64> much{};
  CHECK(or_throw(server.read(much, soon)) >= 1);
}

TEST_CASE("a read from TCP gives up at its deadline, and has taken nothing", "[tcp]") {
  auto [client, server] = tcp_connected();
  std::array<std::byte, 8> into{};
  const auto begin = steady::now();
  CHECK(why(server.read(into, 30ms)) == condition::timed_out);
  CHECK(steady::now() - begin >= 30ms);
  CHECK(why(server.read(into, 0ms)) == condition::timed_out);

  REQUIRE(client.write(as_bytes("late"), soon) == 4);
  CHECK(next_text(server, 4) == "late");
}

TEST_CASE("a stop ends a read from TCP, and a write", "[tcp]") {
  auto [client, server] = tcp_connected();
  std::array<std::byte, 8> into{};
  std::stop_source stop;
  {
    const std::jthread stopper{[&stop] { stop.request_stop(); }};
    CHECK(why(server.read(into, stop.get_token())) == condition::operation_canceled);
  }
  CHECK(why(server.read(into, stop.get_token())) == condition::operation_canceled);
  CHECK(why(server.write(into, stop.get_token())) == condition::operation_canceled);
}

TEST_CASE("a write to TCP without room gives up, and nothing of it is sent", "[tcp]") {
  auto [client, server] = tcp_connected({.send_buffer = 16'384, .receive_buffer = 16'384});
  const auto filled = fill(client);
  CHECK(filled > 0);
  CHECK(why(client.write(as_bytes("x"), 0ms)) == condition::timed_out);
  REQUIRE(client.finish());

  CHECK(support::rest_of(server).size() == filled);
}

TEST_CASE("a write to TCP that waits goes on when there is room", "[tcp]") {
  auto [client, server] = tcp_connected({.send_buffer = 16'384, .receive_buffer = 16'384});
  for (const bool is_timed : {true, false}) {
    auto left = fill(client);
    const std::jthread reader{[&server, left]() mutable {
      std::vector<std::byte> some(4096);
      while (left > 0)
        left -= or_throw(server.read(std::span{some}.first(std::min(left, some.size())), soon));
    }};
    CHECK(client.write(as_bytes("x"), is_timed ? strait::deadline{soon} : strait::deadline{}) == 1);
    left = 0;
    static_cast<void>(left);
  }
  REQUIRE(client.finish());
  CHECK(text_of(support::rest_of(server)).find('x') != std::string::npos);
}

TEST_CASE("megabytes go through TCP in both directions at once", "[tcp]") {
  auto [client, server] = tcp_connected();
  const auto sent = pattern(support::scaled(std::size_t{64} * 1024 * 1024, 1024 * 1024));
  const auto exchange = [&sent](tcp_stream& stream, std::vector<std::byte>& got) {
    const std::jthread writer{[&] {
      or_throw(strait::write_all(stream, sent, 10 * soon));
      or_throw(stream.finish());
    }};
    got = support::rest_of(stream, 10 * soon);
  };
  std::vector<std::byte> at_client;
  std::vector<std::byte> at_server;
  {
    const std::jthread other{[&] { exchange(server, at_server); }};
    exchange(client, at_client);
  }
  CHECK(at_client == sent);
  CHECK(at_server == sent);
}

TEST_CASE("who has finished a TCP stream still gets the answer", "[tcp]") {
  auto [client, server] = tcp_connected();
  or_throw(strait::write_all(client, as_bytes("question"), soon));
  REQUIRE(client.finish());
  CHECK(text_of(support::rest_of(server)) == "question");
  CHECK(is_gone(why(client.write(as_bytes("more"), soon))));

  or_throw(strait::write_all(server, as_bytes("answer"), soon));
  REQUIRE(server.close());
  CHECK(text_of(support::rest_of(client)) == "answer");
  CHECK(support::rest_of(client).empty());  // the end stays
}

TEST_CASE("a peer that closes wakes a reader of TCP with the end", "[tcp]") {
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    auto [client, server] = tcp_connected();
    std::array<std::byte, 8> into{};
    strait::result<std::size_t> got = 99;
    {
      const std::jthread reader{[&] { got = client.read(into, until); }};
      REQUIRE(server.close());
    }
    CHECK(got == 0);
  }
}

TEST_CASE("a peer that throws the connection away is told from the end", "[tcp]") {
  auto [client, server] = tcp_connected({.linger = 0s});
  REQUIRE(server.close());
  if (support::under_wine()) return support::skip("the error goes to Wine's server, not to us");
  std::array<std::byte, 8> into{};

  CHECK(why(client.read(into, soon)) == condition::connection_reset);
}

TEST_CASE("writing to a TCP peer that has closed fails, without a signal", "[tcp]") {
  auto [client, server] = tcp_connected();
  REQUIRE(server.close());
  const auto fails = [&client] {
    const auto written = client.write(as_bytes("anyone?"), soon);
    return !written && is_gone(written.error());
  };
  CHECK(support::eventually(fails));  // the first may go before the answer comes
}

TEST_CASE("a read from TCP scatters, a write to it gathers", "[tcp]") {
  auto [client, server] = tcp_connected();
  const std::array pieces{as_bytes("head"), strait::const_bytes{}, as_bytes(" and "),
                          as_bytes("body")};
  REQUIRE(client.write(pieces, soon) == 13);
  std::array<std::byte, 4> first{};
  std::array<std::byte, 9> second{};
  const std::array into{strait::bytes{first}, strait::bytes{}, strait::bytes{second}};
  REQUIRE(client.finish());

  CHECK(or_throw(server.read(into, soon)) == 13);
  CHECK(strait::as_text(first) == "head");
  CHECK(strait::as_text(second) == " and body");
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

  CHECK(tcp_listener::create(first.at));
}

TEST_CASE("accepting gives up at its deadline, and when it is stopped", "[tcp]") {
  tcp_server to;
  CHECK(why(to.listener.accept(0ms)) == condition::timed_out);
  const auto begin = steady::now();
  CHECK(why(to.listener.accept(30ms)) == condition::timed_out);
  CHECK(steady::now() - begin >= 30ms);
  std::stop_source stop;
  const std::jthread stopper{[&stop] { stop.request_stop(); }};
  CHECK(why(to.listener.accept(stop.get_token())) == condition::operation_canceled);
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

TEST_CASE("TCP without room is not ready to write, until there is some", "[tcp][wait]") {
  auto [client, server] = tcp_connected({.send_buffer = 16'384, .receive_buffer = 16'384});
  auto left = fill(client);
  CHECK(why(strait::wait_any({client.writable()}, 20ms)) == condition::timed_out);
  const std::jthread reader{[&server, left]() mutable {
    std::vector<std::byte> some(4096);
    while (left > 0)
      left -= or_throw(server.read(std::span{some}.first(std::min(left, some.size())), soon));
  }};
  CHECK(strait::wait_any({client.writable()}, soon) == 0);
}

TEST_CASE("many threads accept TCP at once, and each peer is accepted once", "[tcp]") {
  tcp_server to;
  const auto count = support::scaled(2'000, 40);
  std::atomic<std::size_t> accepted = 0;
  std::vector<tcp_stream> clients;
  {
    std::vector<std::jthread> threads;
    std::stop_source stop;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        while (to.listener.accept(stop.get_token())) ++accepted;
      });
    }
    for (std::size_t i = 0; i < count; ++i)
      clients.push_back(or_throw(tcp_stream::connect(to.at, soon)));
    CHECK(support::eventually([&] { return accepted == count; }));
    stop.request_stop();
  }
  CHECK(accepted == count);
}
