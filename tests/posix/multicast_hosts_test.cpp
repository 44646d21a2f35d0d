// SPDX-License-Identifier: MIT
// Multicast between hosts: each is a process with a network of its own, and all of them hang on
// one bridge, or on two, in a network that goes with its process.
#include <strait/multicast.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <span>
#include <string>

#include "support/catch.hpp"
#include "support/posix/hosts.hpp"
#include "support/posix/network.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using support::exit_code;

namespace {

constexpr int not_possible_here = 77;

// The check that failed, as an exit code and on standard error.
struct checks {
  int failed = 0;
  void operator()(const std::string& got, const std::string& expected, int line) {
    if (got == expected) return;
    std::cerr << "line " << line << ": " << got << ", not " << expected << '\n';
    failed = 1;
  }
};

// Says so where one host cannot hear another yet: wires need a moment.
bool can_talk(support::host& one, support::host& other) {
  if (one("open probe") != "ok" || other("open probe") != "ok") return false;
  if (other("join probe 239.1.1.1") != "ok") return false;
  return support::eventually([&] {
    one("send probe 239.1.1.1 probing");
    return other("quiet probe") != "ok";
  });
}

using hosts = std::span<support::host>;

int groups_of_two(hosts at) {
  checks expect;
  for (auto& one : at) expect(one("open s"), "ok", __LINE__);
  expect(at[1]("join s 239.1.1.2"), "ok", __LINE__);
  expect(at[0]("send s 239.1.1.2 hello"), "ok", __LINE__);
  expect(at[1]("hear s"), "hello from 10.0.1.1", __LINE__);
  expect(at[0]("send s 239.1.1.3 stranger"), "ok", __LINE__);
  expect(at[1]("quiet s"), "ok", __LINE__);
  expect(at[1]("leave s 239.1.1.2"), "ok", __LINE__);
  expect(at[0]("send s 239.1.1.2 gone"), "ok", __LINE__);
  expect(at[1]("quiet s"), "ok", __LINE__);
  return expect.failed;
}

int sockets_of_a_host(hosts at) {
  checks expect;
  expect(at[0]("open s"), "ok", __LINE__);
  for (const auto* const name : {"one", "two"}) {
    expect(at[1](std::string{"open "} + name), "ok", __LINE__);
    expect(at[1](std::string{"join "} + name + " 239.2.2." + (name[0] == 'o' ? "1" : "2")), "ok",
           __LINE__);
  }
  expect(at[0]("send s 239.2.2.1 first"), "ok", __LINE__);
  expect(at[0]("send s 239.2.2.2 second"), "ok", __LINE__);
  expect(at[1]("hear one"), "first from 10.0.1.1", __LINE__);
  expect(at[1]("hear two"), "second from 10.0.1.1", __LINE__);
  expect(at[1]("quiet one"), "ok", __LINE__);
  expect(at[1]("quiet two"), "ok", __LINE__);
  return expect.failed;
}

int sources(hosts at) {
  checks expect;
  for (auto& one : at) expect(one("open s"), "ok", __LINE__);
  expect(at[2]("join s 232.1.1.1 10.0.1.1"), "ok", __LINE__);
  expect(at[1]("send s 232.1.1.1 wrong"), "ok", __LINE__);
  expect(at[0]("send s 232.1.1.1 right"), "ok", __LINE__);
  expect(at[2]("hear s"), "right from 10.0.1.1", __LINE__);
  expect(at[2]("quiet s"), "ok", __LINE__);
  expect(at[2]("join s 232.1.1.1 10.0.1.2"), "ok", __LINE__);
  expect(at[1]("send s 232.1.1.1 now"), "ok", __LINE__);
  expect(at[2]("hear s"), "now from 10.0.1.2", __LINE__);
  expect(at[2]("leave s 232.1.1.1 10.0.1.1"), "ok", __LINE__);
  expect(at[0]("send s 232.1.1.1 left"), "ok", __LINE__);
  expect(at[2]("quiet s"), "ok", __LINE__);
  return expect.failed;
}

int groups_of_v6(hosts at) {
  checks expect;
  for (auto& one : at) expect(one("open6 s"), "ok", __LINE__);
  for (auto* one : {&at[1], &at[2]}) expect((*one)("join s ff15::1"), "ok", __LINE__);
  const auto heard = support::eventually([&] {  // link-local addresses need a moment, too
    return at[0]("send s ff15::1 six") == "ok" && at[1]("quiet s") != "ok";
  });
  expect(heard ? "heard" : "silence", "heard", __LINE__);
  expect(at[0]("open6 far"), "ok", __LINE__);
  expect(at[2]("join s ff35::2 fd00:1::1"), "ok", __LINE__);
  expect(at[1]("send s ff35::2 wrong"), "ok", __LINE__);
  expect(at[0]("send s ff35::2 right"), "ok", __LINE__);
  while (true) {
    const auto heard_now = at[2]("hear s");
    if (heard_now.starts_with("six")) continue;
    expect(heard_now, "right from fd00:1::1", __LINE__);
    break;
  }
  return expect.failed;
}

// The host in the middle is in both networks.
int several_interfaces(hosts at) {
  checks expect;
  for (auto& one : at) expect(one("open s"), "ok", __LINE__);
  for (auto& one : at) expect(one("join s 239.3.3.3"), "ok", __LINE__);
  expect(at[1]("send s 239.3.3.3 both"), "ok", __LINE__);
  expect(at[0]("hear s"), "both from 10.0.1.2", __LINE__);
  expect(at[2]("hear s"), "both from 10.0.2.2", __LINE__);
  expect(at[1]("open one"), "ok", __LINE__);
  expect(at[1]("join one 239.4.4.4 - eth1"), "ok", __LINE__);
  expect(at[2]("send s 239.4.4.4 other-side"), "ok", __LINE__);
  expect(at[1]("quiet one"), "ok", __LINE__);
  expect(at[0]("send s 239.4.4.4 this-side"), "ok", __LINE__);
  expect(at[1]("hear one"), "this-side from 10.0.1.1", __LINE__);
  expect(at[1]("send s 239.3.3.3 first-only eth1"), "ok", __LINE__);
  expect(at[0]("hear s"), "first-only from 10.0.1.2", __LINE__);
  expect(at[2]("quiet s"), "ok", __LINE__);
  return expect.failed;
}

// An interface that comes later is joined by joining again.
int later_interface(hosts at) {
  checks expect;
  for (auto& one : at) expect(one("open s"), "ok", __LINE__);
  expect(at[1]("ip link set eth2 down"), "ok", __LINE__);
  expect(at[1]("join s 239.5.5.5"), "ok", __LINE__);
  expect(at[1]("ip link set eth2 up"), "ok", __LINE__);
  expect(at[2]("send s 239.5.5.5 early"), "ok", __LINE__);
  expect(at[1]("quiet s"), "ok", __LINE__);
  expect(at[1]("join s 239.5.5.5"), "ok", __LINE__);
  const auto heard = support::eventually([&] {
    at[2]("send s 239.5.5.5 late");
    return at[1]("quiet s") != "ok";
  });
  expect(heard ? "heard" : "silence", "heard", __LINE__);
  return expect.failed;
}

// With a router between them: one hop ends there.
int hops(hosts at) {
  checks expect;
  if (at[1]("forward 10.0.1.1 239.6.6.6 eth1 eth2") != "ok") return not_possible_here;
  expect(at[2]("open s"), "ok", __LINE__);
  expect(at[2]("join s 239.6.6.6"), "ok", __LINE__);
  expect(at[0]("open near"), "ok", __LINE__);
  expect(at[0]("open far 2"), "ok", __LINE__);
  expect(at[0]("send near 239.6.6.6 one"), "ok", __LINE__);
  expect(at[2]("quiet s"), "ok", __LINE__);
  expect(at[0]("send far 239.6.6.6 two"), "ok", __LINE__);
  expect(at[2]("hear s"), "two from 10.0.1.1", __LINE__);
  return expect.failed;
}

int without_loop(hosts at) {
  checks expect;
  expect(at[0]("open-silent s"), "ok", __LINE__);
  expect(at[0]("open other"), "ok", __LINE__);
  expect(at[0]("join other 239.7.7.7"), "ok", __LINE__);
  expect(at[1]("open s"), "ok", __LINE__);
  expect(at[1]("join s 239.7.7.7"), "ok", __LINE__);
  expect(at[0]("send s 239.7.7.7 others"), "ok", __LINE__);
  expect(at[1]("hear s"), "others from 10.0.1.1", __LINE__);
  expect(at[0]("quiet other"), "ok", __LINE__);
  expect(at[0]("send other 239.7.7.7 all"), "ok", __LINE__);
  expect(at[0]("hear other"), "all from 10.0.1.1", __LINE__);
  expect(at[0]("quiet other"), "ok", __LINE__);  // once, though the loopback is joined, too
  return expect.failed;
}

struct scenario {
  const char* name;
  int (*run)(hosts at);
  int networks;
};

constexpr scenario scenarios[] = {
    {"two", groups_of_two, 1}, {"sockets", sockets_of_a_host, 1},  {"sources", sources, 1},
    {"v6", groups_of_v6, 1},   {"several", several_interfaces, 2}, {"later", later_interface, 2},
    {"hops", hops, 2},         {"loop", without_loop, 1},
};

// Makes the networks and three hosts in them: of two networks one host is in both.
const support::role networks{"multicast.networks", [](support::role_args args) {
  const auto& wanted = *std::ranges::find(scenarios, args[0], &scenario::name);
  if (!support::enter_own_network()) return not_possible_here;
  for (int n = 1; n <= wanted.networks; ++n) {
    if (!support::make_bridge(n)) return not_possible_here;
  }
  std::array<support::host, 3> all;
  if (!std::ranges::all_of(all, &support::host::is_here)) return not_possible_here;
  const bool is_split = wanted.networks == 2;
  if (!support::connect(all[0], 1, 1) || !support::connect(all[1], 1, 2)) return not_possible_here;
  if (!support::connect(all[2], is_split ? 2 : 1, 3)) return not_possible_here;
  if (is_split && !support::connect(all[1], 2, 2)) return not_possible_here;
  if (!can_talk(all[0], all[1]) || !can_talk(all[1], all[2])) return 2;
  return wanted.run(all);
}};

void play(const char* name) {
  const auto end = support::outcome_of(networks.command({name}));
  if (end == exit_code(not_possible_here)) return support::skip("no networks can be made here");
  CHECK(end == exit_code(0));
}

}  // namespace

TEST_CASE("hosts of a network hear the groups they have joined, until they leave",
          "[multicast][posix]") {
  play("two");
}

TEST_CASE("sockets of one host with one port hear their own groups from others",
          "[multicast][posix]") {
  play("sockets");
}

TEST_CASE("who joins for sources hears these hosts and no other", "[multicast][posix]") {
  play("sources");
}

TEST_CASE("groups of IPv6 connect hosts, also for one source", "[multicast][posix]") {
  play("v6");
}

TEST_CASE("a host with several interfaces is heard and hears on each, and on one alone if asked",
          "[multicast][posix]") {
  play("several");
}

TEST_CASE("joining again joins on interfaces that have come", "[multicast][posix]") {
  play("later");
}

TEST_CASE("a message with one hop stays in its network, one with two crosses a router",
          "[multicast][posix]") {
  play("hops");
}

TEST_CASE("a socket that is not to loop back is heard by other hosts alone", "[multicast][posix]") {
  play("loop");
}
