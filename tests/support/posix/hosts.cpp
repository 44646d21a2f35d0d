// SPDX-License-Identifier: MIT
#include "support/posix/hosts.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#if __has_include(<linux/mroute.h>)
#include <linux/mroute.h>
#endif
#include <sys/socket.h>
#include <array>
#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <vector>

#include <strait/multicast.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/posix/network.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

namespace support {
namespace {

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::ip_address;
using strait::multicast_socket;
using strait::or_throw;

constexpr std::uint16_t port = 4001;  // of networks that nobody else has

// Runs `ip`, which makes networks; false if it cannot.
bool ip(const std::string& line) {
  std::istringstream words{line};
  strait::command c{.program = "ip", .errors = strait::redirect::discard()};
  for (std::string word; words >> word;) c.args.push_back(word);
  c.output = strait::redirect::discard();
  auto started = strait::spawn(c);
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
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): the kernel's type
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

// One line, which is heard at once.
void answer(std::string_view text) {
  support::write_output(std::string{text} + "\n");
}

// Does what is asked for line by line, and answers each.
int be_a_host() {
  if (!enter_own_network()) return 1;
  answer("here");
  std::map<std::string, multicast_socket> sockets;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words{line};
    try {
      answer(do_as_told(words, sockets));
    } catch (const std::exception& e) {
      answer(e.what());
    }
  }
  return 0;
}

const role host_role{"multicast.host", [](role_args) { return be_a_host(); }};

}  // namespace

host::host() {
  auto c = host_role.command();
  c.input = strait::redirect::pipe();
  c.output = strait::redirect::pipe();
  child_ = start(c);
  is_here_ = answer() == "here";
}

std::string host::operator()(const std::string& line) {
  or_throw(strait::write_all(child_.input, as_bytes(line + "\n"), soon));
  return answer();
}

std::string host::answer() {
  std::string line;
  for (;;) {
    std::array<std::byte, 1> one{};
    if (or_throw(child_.output.read(one, soon)) == 0) return line + " and its end";
    if (static_cast<char>(one[0]) == '\n') return line;
    line += static_cast<char>(one[0]);
  }
}

bool connect(host& to, int network, int number) {
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

}  // namespace support
