// SPDX-License-Identifier: MIT
#include <strait/udp.hpp>

#include <array>
#include <chrono>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/udp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::endpoint;
using strait::ip_address;
using strait::or_throw;
using strait::udp_socket;
using support::next_message;
using support::soon;
using support::udp_place;
using support::why;
using steady = std::chrono::steady_clock;

TEST_CASE("a message comes through UDP as it was sent, and tells who sent it", "[udp]") {
  udp_place one;
  udp_place other;
  std::array<std::byte, 64> into{};
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    REQUIRE(one.socket.send_to(other.at, as_bytes("hello"), until));
    const auto got = or_throw(other.socket.receive_from(into, until));
    CHECK(strait::as_text(std::span{into}.first(got.size)) == "hello");
    CHECK(got.from == one.at);

    REQUIRE(other.socket.send_to(got.from, as_bytes("and back"), until));
    CHECK(one.socket.receive(into, until) == 8);
  }
}

TEST_CASE("a connected UDP socket hears only whom it is connected to", "[udp]") {
  udp_place server;
  udp_place stranger;
  auto client = or_throw(udp_socket::connect(server.at));
  const auto here = or_throw(client.local());
  CHECK(or_throw(client.remote()) == server.at);
  REQUIRE(client.send(as_bytes("question")));
  CHECK(next_message(server.socket) == "question");

  REQUIRE(stranger.socket.send_to(here, as_bytes("spam")));
  REQUIRE(server.socket.send_to(here, as_bytes("answer")));
  CHECK(next_message(client) == "answer");
  std::array<std::byte, 8> into{};
  CHECK(why(client.receive(into, 0ms)) == condition::timed_out);
}

TEST_CASE("a UDP message without bytes is a message", "[udp]") {
  udp_place one;
  udp_place other;
  std::array<std::byte, 8> into{};
  REQUIRE(one.socket.send_to(other.at, strait::const_bytes{}));
  REQUIRE(one.socket.send_to(other.at, strait::const_bytes_list{}));
  REQUIRE(one.socket.send_to(other.at, as_bytes("next")));

  CHECK(other.socket.receive(into, soon) == 0);
  CHECK(other.socket.receive({}, soon) == 0);
  CHECK(other.socket.receive(into, soon) == 4);
}

TEST_CASE("a UDP message that does not fit tells how long it was", "[udp]") {
  udp_place one;
  udp_place other;
  const std::string longer(3000, 'x');
  std::array<std::byte, 4> into{};
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    REQUIRE(one.socket.send_to(other.at, as_bytes("abcdef")));
    REQUIRE(one.socket.send_to(other.at, as_bytes(longer)));
    REQUIRE(one.socket.send_to(other.at, as_bytes("fits")));

    const auto cut = why(other.socket.receive_from(into, until));
    CHECK(cut == condition::message_size);
    CHECK(cut.done == 6);
    CHECK(strait::as_text(into) == "abcd");
    CHECK(why(other.socket.receive({}, until)).done == longer.size());
    CHECK(other.socket.receive(into, until) == 4);
  }
}

TEST_CASE("a message too long for UDP is refused, and the error says where to", "[udp]") {
  udp_place one;
  const udp_place other;
  const std::vector<std::byte> huge(70'000);
  const auto refused = why(one.socket.send_to(other.at, huge));
  CHECK(refused == condition::message_size);
  CHECK(refused.subject.text() == other.at.text());
}

TEST_CASE("a UDP message is gathered from its pieces, or not sent at all", "[udp]") {
  udp_place one;
  udp_place other;
  auto to_other = or_throw(udp_socket::connect(other.at));
  const std::array pieces{as_bytes("head"), strait::const_bytes{}, as_bytes(" and "),
                          as_bytes("body")};
  REQUIRE(one.socket.send_to(other.at, pieces));
  CHECK(next_message(other.socket) == "head and body");
  REQUIRE(to_other.send(pieces, soon));
  CHECK(next_message(other.socket) == "head and body");

  const std::vector<strait::const_bytes> many(17, as_bytes("x"));
  CHECK(why(one.socket.send_to(other.at, many)) == condition::argument_list_too_long);
  REQUIRE(one.socket.send_to(other.at, std::span{many}.first(16)));
  CHECK(next_message(other.socket) == std::string(16, 'x'));
}

TEST_CASE("waiting for a UDP message ends at the deadline, and with a stop", "[udp]") {
  udp_place silent;
  udp_place waiting;
  auto asks = or_throw(udp_socket::connect(silent.at));  // and never gets an answer
  std::array<std::byte, 8> into{};
  std::array<strait::received_datagram, 2> many{{{.into = into}, {.into = into}}};
  REQUIRE(asks.send(as_bytes("?")));
  const auto begin = steady::now();
  CHECK(why(asks.receive(into, 30ms)) == condition::timed_out);
  CHECK(steady::now() - begin >= 30ms);
  CHECK(why(waiting.socket.receive_from(into, 0ms)) == condition::timed_out);
  CHECK(why(waiting.socket.receive_many(many, 0ms)) == condition::timed_out);

  std::stop_source stop;
  {
    const std::jthread stopper{[&stop] { stop.request_stop(); }};
    CHECK(why(asks.receive(into, stop.get_token())) == condition::operation_canceled);
  }
  CHECK(why(waiting.socket.receive_many(many, stop.get_token())) == condition::operation_canceled);
  CHECK(why(waiting.socket.send_to(silent.at, as_bytes("x"), stop.get_token())) ==
        condition::operation_canceled);
}

TEST_CASE("a UDP message wakes who waits for it", "[udp]") {
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    udp_place one;
    udp_place other;
    std::string got;
    {
      const std::jthread reader{[&] { got = next_message(other.socket, until); }};
      REQUIRE(one.socket.send_to(other.at, as_bytes("wake")));
    }
    CHECK(got == "wake");
  }
}

TEST_CASE("UDP sockets that are closed say so", "[udp]") {
  udp_socket none;
  std::array<std::byte, 1> one{};
  std::array<strait::received_datagram, 1> many{{{.into = one}}};
  const std::array<strait::datagram_to_send, 1> some{{{.message = one, .to = support::any_port}}};
  CHECK_FALSE(none);
  CHECK(why(none.receive(one)) == condition::bad_file_descriptor);
  CHECK(why(none.receive_from(one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.receive_many(many)) == condition::bad_file_descriptor);
  CHECK(why(none.send(one)) == condition::bad_file_descriptor);
  CHECK(why(none.send_to(support::any_port, one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.send_many(some)) == condition::bad_file_descriptor);
  CHECK(why(none.local()) == condition::bad_file_descriptor);
  CHECK(why(none.remote()) == condition::bad_file_descriptor);
  CHECK(why(strait::wait_any({none.readable()}, 0ms)) == condition::bad_file_descriptor);
  CHECK(none.close());
}

TEST_CASE("sending asks for a destination once", "[udp]") {
  udp_place place;
  auto connected = or_throw(udp_socket::connect(place.at));
  CHECK(why(place.socket.send(as_bytes("where?"))) == condition::not_connected);
  CHECK(why(connected.send_to(place.at, as_bytes("twice"))) == condition::already_connected);
  CHECK(why(place.socket.remote()) == condition::not_connected);
}

TEST_CASE("a UDP port has one socket", "[udp]") {
  const udp_place first;
  const auto refused = why(udp_socket::create(first.at));
  CHECK(refused == condition::address_in_use);
  CHECK(refused.subject.text() == first.at.text());
}

TEST_CASE("that a message was refused disturbs no UDP socket that hears all", "[udp]") {
  udp_place asks;
  udp_place other;
  std::array<std::byte, 8> into{};
  for (int i = 0; i < 3; ++i) REQUIRE(asks.socket.send_to(support::nowhere(), as_bytes("anyone?")));
  CHECK(why(asks.socket.receive_from(into, 50ms)) == condition::timed_out);
  CHECK(why(strait::wait_any({asks.socket.readable()}, 0ms)) == condition::timed_out);
  REQUIRE(asks.socket.send_to(support::nowhere(), as_bytes("anyone?")));
  REQUIRE(other.socket.send_to(asks.at, as_bytes("me")));
  CHECK(next_message(asks.socket) == "me");
}

TEST_CASE("a connected UDP socket is told that its message was refused", "[udp]") {
  if (support::under_wine()) return support::skip("Wine loses what ICMP says");
  auto asks = or_throw(udp_socket::connect(support::nowhere()));
  std::array<std::byte, 8> into{};
  REQUIRE(asks.send(as_bytes("anyone?")));
  CHECK(strait::wait_any({asks.readable()}, soon) == 0);
  CHECK(why(asks.receive(into, soon)) == condition::connection_refused);
  CHECK(why(asks.receive(into, 0ms)) == condition::timed_out);
}

TEST_CASE("UDP joins the waits for anything, which take no message", "[udp][wait]") {
  udp_place one;
  udp_place other;
  CHECK(why(strait::wait_any({other.socket.readable()}, 10ms)) == condition::timed_out);
  CHECK(strait::wait_any({other.socket.readable(), other.socket.writable()}, soon) == 1);
  for (const auto* const text : {"longer than nothing", "", "x"}) {
    {
      const std::jthread late{[&] { or_throw(one.socket.send_to(other.at, as_bytes(text))); }};
      CHECK(strait::wait_any({other.socket.readable()}, soon) == 0);
    }
    CHECK(strait::wait_any({other.socket.readable()}, 0ms) == 0);  // until somebody receives
    CHECK(next_message(other.socket, 0ms) == text);
    CHECK(why(strait::wait_any({other.socket.readable()}, 0ms)) == condition::timed_out);
  }
}

TEST_CASE("UDP goes through IPv6, and through both families if that is wanted", "[udp]") {
  const endpoint v6{.address = ip_address::loopback_v6(), .port = 0};
  if (!udp_socket::create(v6)) return support::skip("there is no IPv6 here");
  udp_place six{{}, v6};
  udp_place other_six{{}, v6};
  REQUIRE(six.socket.send_to(other_six.at, as_bytes("six")));
  CHECK(next_message(other_six.socket) == "six");

  udp_place both{{.dual_stack = true}, {.address = ip_address::any_v6(), .port = 0}};
  udp_place four;
  REQUIRE(four.socket.send_to({.address = ip_address::loopback_v4(), .port = both.at.port},
                              as_bytes("four")));
  std::array<std::byte, 8> into{};
  const auto got = or_throw(both.socket.receive_from(into, soon));
  CHECK(got.from.address.is_mapped());
  CHECK(got.from.address.unmapped() == four.at.address);
  REQUIRE(both.socket.send_to(got.from, as_bytes("back")));
  CHECK(next_message(four.socket) == "back");
}

TEST_CASE("released UDP sockets are adopted again, and nothing else is", "[udp]") {
  udp_place place;
  auto client = or_throw(udp_socket::connect(place.at));
  auto again = or_throw(udp_socket::adopt(client.release()));
  CHECK_FALSE(client);
  REQUIRE(again.send(as_bytes("still connected")));
  CHECK(next_message(place.socket) == "still connected");
  auto bound = or_throw(udp_socket::adopt(place.socket.release()));
  REQUIRE(bound.send_to(or_throw(again.local()), as_bytes("still bound")));
  CHECK(next_message(again) == "still bound");

  support::tcp_server tcp;
  CHECK(why(udp_socket::adopt(tcp.listener.release())) == condition::invalid_argument);
  CHECK(why(udp_socket::adopt({})) == condition::bad_file_descriptor);
}

TEST_CASE("UDP sockets move with all that they know", "[udp]") {
  udp_place place;
  auto client = or_throw(udp_socket::connect(place.at));
  auto moved = std::move(client);
  REQUIRE(moved.send(as_bytes("moved")));
  CHECK(next_message(place.socket) == "moved");
  CHECK(why(client.send(as_bytes("x"))) == condition::bad_file_descriptor);  // NOLINT
  client = std::move(moved);
  CHECK(client.send(as_bytes("back")));
}
