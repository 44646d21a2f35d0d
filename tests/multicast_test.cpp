// SPDX-License-Identifier: MIT
// Groups of one host, on its loopback; several hosts are in posix/multicast_hosts_test.cpp.
#include <strait/multicast.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/multicast.hpp"
#include "support/run.hpp"
#include "support/udp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::endpoint;
using strait::ip_address;
using strait::multicast_socket;
using strait::or_throw;
using support::next_message;
using support::soon;
using support::udp_place;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

// Two sockets with one port, and groups of their own.
struct two_on_a_port {
  std::string name = support::unique_name();
  std::uint32_t loopback = support::loopback_interface().index;
  multicast_socket one = or_throw(multicast_socket::create(0));
  std::uint16_t port = or_throw(one.port());
  multicast_socket other = or_throw(multicast_socket::create(port));

  [[nodiscard]] ip_address group(std::uint8_t which = 0) const {
    return support::group_v4(name, which);
  }
  [[nodiscard]] endpoint at(std::uint8_t which = 0) const { return {group(which), port}; }
};

// Nothing comes, or only what was not asked for.
bool is_quiet(multicast_socket& s) {
  std::array<std::byte, 64> into{};
  return why(s.receive_from(into, 50ms)) == condition::timed_out;
}

}  // namespace

TEST_CASE("a message to a group reaches its members, and tells where it came from", "[multicast]") {
  two_on_a_port both;
  for (auto* const s : {&both.one, &both.other}) REQUIRE(s->join(both.group(), {both.loopback}));
  REQUIRE(both.one.send_to(both.at(), as_bytes("everybody"), {both.loopback}));

  for (auto* const s : {&both.one, &both.other}) {
    std::array<std::byte, 64> into{};
    const auto got = or_throw(s->receive_from(into, soon));
    CHECK(strait::as_text(std::span{into}.first(got.size)) == "everybody");
    CHECK(got.group == both.group());
    CHECK(got.from.address == ip_address::loopback_v4());
    CHECK(got.from.port == both.port);
    CHECK(got.interface_index == both.loopback);
    CHECK(is_quiet(*s));  // it came once
  }
}

TEST_CASE("of two sockets with one port each hears the groups it has joined", "[multicast]") {
  two_on_a_port both;
  REQUIRE(both.one.join(both.group(1), {both.loopback}));
  REQUIRE(both.other.join(both.group(2), {both.loopback}));
  REQUIRE(both.one.send_to(both.at(1), as_bytes("to the first"), {both.loopback}));
  REQUIRE(both.one.send_to(both.at(2), as_bytes("to the second"), {both.loopback}));
  REQUIRE(both.one.send_to(both.at(3), as_bytes("to nobody"), {both.loopback}));

  CHECK(next_message(both.one) == "to the first");
  CHECK(next_message(both.other) == "to the second");
  CHECK(is_quiet(both.one));
  CHECK(is_quiet(both.other));
}

TEST_CASE("a multicast socket hears nothing that was sent to its host alone", "[multicast]") {
  two_on_a_port both;
  udp_place stranger;
  REQUIRE(both.other.close());
  REQUIRE(both.one.join(both.group(), {both.loopback}));
  const endpoint here{.address = ip_address::loopback_v4(), .port = both.port};
  REQUIRE(stranger.socket.send_to(here, as_bytes("only you")));
  REQUIRE(both.one.send_to(both.at(), as_bytes("everybody"), {both.loopback}));

  CHECK(next_message(both.one) == "everybody");
  CHECK(is_quiet(both.one));
}

TEST_CASE("a flood of what is not asked for keeps no multicast receive beyond its deadline",
          "[multicast]") {
  two_on_a_port both;
  udp_place stranger;
  REQUIRE(both.other.close());
  REQUIRE(both.one.join(both.group(), {both.loopback}));
  const endpoint here{.address = ip_address::loopback_v4(), .port = both.port};
  const std::jthread flood{[&](const std::stop_token& stop) {
    while (!stop.stop_requested())
      static_cast<void>(stranger.socket.send_to(here, as_bytes("spam"), 10ms));
  }};
  const auto begin = steady::now();
  CHECK(is_quiet(both.one));
  CHECK(steady::now() - begin < 5s);
  std::stop_source stop;
  const std::jthread stopper{[&stop] { stop.request_stop(); }};
  std::array<std::byte, 8> into{};
  CHECK(why(both.one.receive_from(into, stop.get_token())) == condition::operation_canceled);
}

TEST_CASE("who has left a group hears nothing of it, not even what has come before",
          "[multicast]") {
  two_on_a_port both;
  for (const auto which : {std::uint8_t{1}, std::uint8_t{2}}) {
    REQUIRE(both.one.join(both.group(which), {both.loopback}));
  }
  REQUIRE(both.other.send_to(both.at(1), as_bytes("too late"), {both.loopback}));
  REQUIRE(both.one.leave(both.group(1)));
  REQUIRE(both.other.send_to(both.at(1), as_bytes("and later"), {both.loopback}));
  REQUIRE(both.other.send_to(both.at(2), as_bytes("of the other"), {both.loopback}));

  CHECK(next_message(both.one) == "of the other");
  CHECK(is_quiet(both.one));
  CHECK(why(both.one.leave(both.group(1))) == condition::address_not_available);
  REQUIRE(both.one.join(both.group(1), {both.loopback}));
  REQUIRE(both.other.send_to(both.at(1), as_bytes("again"), {both.loopback}));
  CHECK(next_message(both.one) == "again");
}

TEST_CASE("joining a group twice is joining it", "[multicast]") {
  two_on_a_port both;
  for (int i = 0; i < 3; ++i) CHECK(both.one.join(both.group(), {both.loopback}));
  REQUIRE(both.other.send_to(both.at(), as_bytes("once"), {both.loopback}));
  CHECK(next_message(both.one) == "once");
  CHECK(is_quiet(both.one));
  CHECK(both.one.leave(both.group(), {both.loopback}));
  REQUIRE(both.other.send_to(both.at(), as_bytes("gone"), {both.loopback}));
  CHECK(is_quiet(both.one));
}

TEST_CASE("who joins for a source hears that source", "[multicast]") {
  two_on_a_port both;
  const auto here = ip_address::loopback_v4();
  REQUIRE(both.one.join(both.group(), {both.loopback}, here));
  REQUIRE(both.one.join(both.group(), {both.loopback}, here));
  REQUIRE(both.other.send_to(both.at(), as_bytes("it is me"), {both.loopback}));
  CHECK(next_message(both.one) == "it is me");

  CHECK(why(both.one.join(both.group(), {both.loopback})) == condition::invalid_argument);
  CHECK(why(both.one.leave(both.group())) == condition::address_not_available);
  REQUIRE(both.one.leave(both.group(), {both.loopback}, here));
  REQUIRE(both.other.send_to(both.at(), as_bytes("still me"), {both.loopback}));
  CHECK(is_quiet(both.one));
}

TEST_CASE("who joins for sources hears nobody else", "[multicast]") {
  if (support::under_wine()) return support::skip("Wine takes the source for the interface");
  two_on_a_port both;
  for (const std::uint8_t last : {std::uint8_t{1}, std::uint8_t{2}}) {
    REQUIRE(both.one.join(both.group(), {both.loopback}, ip_address::v4({203, 0, 113, last})));
  }
  REQUIRE(both.other.send_to(both.at(), as_bytes("who am I?"), {both.loopback}));
  CHECK(is_quiet(both.one));
}

TEST_CASE("all interfaces are joined, and sent through, by one word", "[multicast]") {
  const auto name = support::unique_name();
  auto one = or_throw(multicast_socket::create(0, {.hops = 0}));  // and the network hears nothing
  const auto port = or_throw(one.port());
  auto other = or_throw(multicast_socket::create(port));
  REQUIRE(other.join(support::group_v4(name)));
  REQUIRE(other.join(support::group_v4(name)));
  REQUIRE(one.send_to({support::group_v4(name), port}, as_bytes("everywhere")));
  CHECK(next_message(other) == "everywhere");
  CHECK(other.leave(support::group_v4(name)));
}

TEST_CASE("a multicast message that does not fit tells how long it was", "[multicast]") {
  two_on_a_port both;
  REQUIRE(both.one.join(both.group(), {both.loopback}));
  REQUIRE(both.other.send_to(both.at(), as_bytes("abcdef"), {both.loopback}));
  REQUIRE(both.other.send_to(both.at(), as_bytes(""), {both.loopback}));
  std::array<std::byte, 4> into{};
  const auto cut = why(both.one.receive_from(into, soon));
  CHECK(cut == condition::message_size);
  CHECK(cut.done == 6);
  CHECK(strait::as_text(into) == "abcd");
  CHECK(or_throw(both.one.receive_from(into, soon)).size == 0);
}

TEST_CASE("waiting for a group ends at the deadline, and with a stop", "[multicast]") {
  two_on_a_port both;
  REQUIRE(both.one.join(both.group(), {both.loopback}));
  std::array<std::byte, 8> into{};
  CHECK(why(both.one.receive_from(into, 0ms)) == condition::timed_out);
  CHECK(why(both.one.receive_from(into, 10ms)) == condition::timed_out);
  std::stop_source stop;
  const std::jthread stopper{[&stop] { stop.request_stop(); }};
  CHECK(why(both.one.receive_from(into, stop.get_token())) == condition::operation_canceled);
}

TEST_CASE("a message to a group ends a wait for anything", "[multicast][wait]") {
  two_on_a_port both;
  REQUIRE(both.one.join(both.group(), {both.loopback}));
  CHECK(why(strait::wait_any({both.one.readable()}, 0ms)) == condition::timed_out);
  REQUIRE(both.other.send_to(both.at(), as_bytes("x"), {both.loopback}));
  CHECK(strait::wait_any({both.one.readable()}, soon) == 0);
  CHECK(next_message(both.one, 0ms) == "x");
}

TEST_CASE("what is no group, or not of this family, is not joined", "[multicast]") {
  two_on_a_port both;
  const auto host = ip_address::loopback_v4();
  const auto refused = why(both.one.join(host));
  CHECK(refused == condition::invalid_argument);
  CHECK(refused.subject.text() == "127.0.0.1");
  CHECK(why(both.one.send_to({host, 1}, as_bytes("x"))) == condition::invalid_argument);
  CHECK(why(both.one.leave(host)) == condition::invalid_argument);
  const auto v6 = support::group_v6(both.name);
  CHECK(why(both.one.join(v6)) == condition::invalid_argument);
  CHECK(why(both.one.join(both.group(), {both.loopback}, v6)) == condition::invalid_argument);
  CHECK(why(both.one.join(both.group(), {999'999})) == condition::no_such_device);
  CHECK(why(both.one.join(both.group(), std::span<const std::uint32_t>{})) ==
        condition::invalid_argument);
  CHECK(why(both.one.send_to(both.at(), as_bytes("x"), {999'999})) == condition::no_such_device);
}

TEST_CASE("multicast sockets that are closed say so", "[multicast]") {
  multicast_socket none;
  std::array<std::byte, 8> into{};
  const auto group = support::group_v4("closed");
  CHECK_FALSE(none);
  CHECK(why(none.join(group)) == condition::bad_file_descriptor);
  CHECK(why(none.leave(group)) == condition::bad_file_descriptor);
  CHECK(why(none.send_to({group, 1}, into)) == condition::bad_file_descriptor);
  CHECK(why(none.receive_from(into)) == condition::bad_file_descriptor);
  CHECK(why(none.port()) == condition::bad_file_descriptor);
  CHECK(none.close());
}

TEST_CASE("who does not share a port keeps it from multicast sockets", "[multicast]") {
  const udp_place alone{{}, {.address = ip_address::any_v4(), .port = 0}};
  CHECK(why(multicast_socket::create(alone.at.port)) == condition::address_in_use);
}

TEST_CASE("groups of IPv6 are as good as those of IPv4", "[multicast]") {
  const auto name = support::unique_name();
  auto made = multicast_socket::create(0, {.v6 = true, .hops = 0});
  if (!made) return support::skip("there is no IPv6 here");
  const auto port = or_throw(made->port());
  const auto group = support::group_v6(name, 1);
  auto other = or_throw(multicast_socket::create(port, {.v6 = true}));
  if (!made->join(group) || !made->send_to({group, port}, as_bytes("try"))) {
    return support::skip("no interface has multicast of IPv6");
  }
  REQUIRE(made->leave(group));
  REQUIRE(other.join(support::group_v6(name, 2)));
  REQUIRE(other.join(support::group_v6(name, 3)));
  REQUIRE(made->send_to({group, port}, as_bytes("first")));
  REQUIRE(made->send_to({support::group_v6(name, 2), port}, as_bytes("second")));
  std::array<std::byte, 64> into{};
  const auto got = or_throw(other.receive_from(into, soon));
  CHECK(got.size == 6);
  CHECK(got.group == support::group_v6(name, 2));
  CHECK(got.interface_index != 0);
  CHECK(why(other.join(support::group_v4(name))) == condition::invalid_argument);
}

TEST_CASE("a host has a loopback, and its interfaces tell their addresses", "[multicast]") {
  const auto all = or_throw(strait::network_interfaces());
  CHECK(std::ranges::is_sorted(all, {}, &strait::network_interface::index));
  const auto loopback = support::loopback_interface();
  CHECK(loopback.is_up);
  CHECK(loopback.index != 0);
  CHECK_FALSE(loopback.name.empty());
  CHECK(std::ranges::find(loopback.addresses, ip_address::loopback_v4()) !=
        loopback.addresses.end());
}
