// SPDX-License-Identifier: MIT
// Multicast between hosts: each is a process with a network of its own, and all of them hang on
// one bridge, or on two, in a network that goes with its process.
#include <strait/multicast.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#if __has_include(<linux/mroute.h>)
#include <linux/mroute.h>
#endif
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>
#include <strait/udp.hpp>

#include "support/catch.hpp"
#include "support/multicast.hpp"
#include "support/posix/network.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::ip_address;
using strait::multicast_socket;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

constexpr int not_possible_here = 77;
constexpr std::uint16_t port = 4001;  // of networks that nobody else has

// Runs `ip`, which makes networks; false if it cannot.
bool ip(const std::string& line) {
  std::istringstream words{line};
  strait::command c{.program = "ip", .errors = strait::redirect::discard()};
  for (std::string word; words >> word;) c.args.push_back(word);
  c.output = strait::redirect::discard();
  auto started = strait::spawn(std::move(c));
  if (!started) return false;
  const auto end = started->wait(soon);
  return end && end->success();
}

// The interfaces whose names come next.
std::vector<std::uint32_t> interfaces_in(std::istringstream& words) {
  const auto all = or_throw(strait::network_interfaces());
  std::vector<std::uint32_t> found;
  for (std::string name; words >> name;) {
    for (const auto& one : all) {
      if (one.name == name) found.push_back(one.index);
    }
  }
  return found;
}

strait::interfaces as_interfaces(const std::vector<std::uint32_t>& list) {
  return list.empty() ? strait::interfaces::all : strait::interfaces{list};
}

#if __has_include(<linux/mroute.h>)

// Makes this host a router for what `source` sends to a group: from the first interface to the
// second. For as long as the process lives.
std::string forward(const std::string& source, std::istringstream& words) {
  std::string group;
  words >> group;
  const auto ways = interfaces_in(words);
  static const int router = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_IGMP);
  const auto tell = [](int what, const auto& value) {
    return ::setsockopt(router, IPPROTO_IP, what, &value, sizeof value) == 0;
  };
  if (ways.size() != 2 || !tell(MRT_INIT, 1)) return "cannot";
  for (vifi_t i = 0; i < 2; ++i) {
    vifctl way{};
    way.vifc_vifi = i;
    way.vifc_flags = VIFF_USE_IFINDEX;
    way.vifc_threshold = 1;
    way.vifc_lcl_ifindex = static_cast<int>(ways[i]);
    if (!tell(MRT_ADD_VIF, way)) return "cannot";
  }
  mfcctl route{};
  ::inet_pton(AF_INET, source.c_str(), &route.mfcc_origin);
  ::inet_pton(AF_INET, group.c_str(), &route.mfcc_mcastgrp);
  route.mfcc_ttls[1] = 1;
  return tell(MRT_ADD_MFC, route) ? "ok" : "cannot";
}

#else

std::string forward(const std::string& /*source*/, std::istringstream& /*words*/) {
  return "cannot";
}

#endif

// What a host does, a line for each: see host.
std::string do_as_told(std::istringstream& words,
                       std::map<std::string, multicast_socket>& sockets) {
  std::string what;
  std::string name;
  words >> what >> name;
  if (what == "ip") {
    std::string rest;
    std::getline(words, rest);
    return ip(name + rest) ? "ok" : "cannot";
  }
  if (what == "forward") return forward(name, words);
  if (what.starts_with("open")) {
    strait::multicast_options wish{.v6 = what == "open6", .loop = what != "open-silent"};
    if (int hops = 0; words >> hops) wish.hops = static_cast<std::uint8_t>(hops);
    sockets[name] = or_throw(multicast_socket::create(port, wish));
    return "ok";
  }
  auto& socket = sockets.at(name);
  std::string group;
  std::string last;
  if (what == "hear") {
    std::array<std::byte, 100> into{};
    const auto got = socket.receive_from(into, 5s);
    if (!got) return "nothing";
    return std::string{strait::as_text(std::span{into}.first(got->size))} + " from " +
           got->from.address.text();
  }
  if (what == "quiet") {
    std::array<std::byte, 100> into{};
    const auto got = socket.receive_from(into, 300ms);
    return !got && got.error() == condition::timed_out ? "ok" : "heard something";
  }
  words >> group >> last;
  const auto to = or_throw(ip_address::parse(group));
  if (what == "send") {
    const auto ways = interfaces_in(words);
    or_throw(socket.send_to({to, port}, as_bytes(last), as_interfaces(ways)));
    return "ok";
  }
  std::optional<ip_address> source;
  if (!last.empty() && last != "-") source = or_throw(ip_address::parse(last));
  const auto ways = interfaces_in(words);
  const auto where = as_interfaces(ways);
  or_throw(what == "join" ? socket.join(to, where, source) : socket.leave(to, where, source));
  return "ok";
}

// A host: does what is asked for line by line, and answers each.
const support::role host{"multicast.host", [](support::role_args) {
  if (!support::enter_own_network()) return not_possible_here;
  std::cout << "here" << std::endl;
  std::map<std::string, multicast_socket> sockets;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words{line};
    try {
      std::cout << do_as_told(words, sockets) << std::endl;
    } catch (const std::exception& e) {
      std::cout << e.what() << std::endl;
    }
  }
  return 0;
}};

class host_process {
 public:
  host_process() {
    auto c = host.command();
    c.input = strait::redirect::pipe();
    c.output = strait::redirect::pipe();
    child_ = support::start(c);
    is_here_ = answer() == "here";
  }

  [[nodiscard]] bool is_here() const noexcept { return is_here_; }
  [[nodiscard]] std::uint32_t id() const noexcept { return child_.id(); }

  // Asks for something and returns the answer.
  std::string operator()(const std::string& line) {
    or_throw(strait::write_all(child_.input, as_bytes(line + "\n"), soon));
    return answer();
  }

 private:
  std::string answer() {
    std::string line;
    for (;;) {
      std::array<std::byte, 1> one{};
      if (or_throw(child_.output.read(one, soon)) == 0) return line + " and its end";
      if (static_cast<char>(one[0]) == '\n') return line;
      line += static_cast<char>(one[0]);
    }
  }

  strait::child child_;
  bool is_here_ = false;
};

// One network: a bridge. Its host number N has the address 10.0.NETWORK.N.
bool connect(host_process& to, int network, int number) {
  const auto bridge = "b" + std::to_string(network);
  const auto wire = bridge + "w" + std::to_string(number);
  const auto there = "eth" + std::to_string(network);
  const auto address = "10.0." + std::to_string(network) + "." + std::to_string(number);
  const auto v6 = "fd00:" + std::to_string(network) + "::" + std::to_string(number);
  return ip("link add " + wire + " type veth peer name " + there + " netns " +
            std::to_string(to.id())) &&
         ip("link set " + wire + " master " + bridge + " up") &&
         to("ip addr add " + address + "/24 broadcast + dev " + there) == "ok" &&
         (to("ip addr add " + v6 + "/64 dev " + there + " nodad"), true) &&
         to("ip link set " + there + " up") == "ok";
}

bool make_bridge(int network) {
  const auto bridge = "b" + std::to_string(network);
  return ip("link add " + bridge + " type bridge mcast_snooping 0") &&
         ip("link set " + bridge + " up");
}

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
bool can_talk(host_process& one, host_process& other) {
  if (one("open probe") != "ok" || other("open probe") != "ok") return false;
  if (other("join probe 239.1.1.1") != "ok") return false;
  return support::eventually([&] {
    one("send probe 239.1.1.1 probing");
    return other("quiet probe") != "ok";
  });
}

using hosts = std::span<host_process>;

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
    if (!make_bridge(n)) return not_possible_here;
  }
  std::array<host_process, 3> all;
  if (!std::ranges::all_of(all, &host_process::is_here)) return not_possible_here;
  const bool is_split = wanted.networks == 2;
  if (!connect(all[0], 1, 1) || !connect(all[1], 1, 2)) return not_possible_here;
  if (!connect(all[2], is_split ? 2 : 1, 3)) return not_possible_here;
  if (is_split && !connect(all[1], 2, 2)) return not_possible_here;
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
