// SPDX-License-Identifier: MIT
// What UDP costs, counted by strace; and what the system does with many messages at once.
#include <strait/udp.hpp>

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <array>
#include <string>
#include <vector>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/posix/network.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/udp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::datagram_to_send;
using strait::or_throw;
using strait::received_datagram;
using strait::udp_socket;
using support::exit_code;
using support::soon;
using support::udp_place;

namespace {

constexpr int not_possible_here = 77;
constexpr std::size_t rounds = 50;

std::vector<datagram_to_send> alike(std::size_t count, std::string_view text,
                                    const strait::endpoint& to) {
  return std::vector<datagram_to_send>(count, {.message = as_bytes(text), .to = to});
}

// Receives so many messages of this size, one after the other.
bool comes(udp_socket& from, std::size_t count, std::size_t size) {
  std::array<std::byte, 65'536> into{};
  for (std::size_t i = 0; i < count; ++i) {
    if (or_throw(from.receive(into, soon)) != size) return false;
  }
  return !from.receive(into, 0ms);
}

// Does what its arguments say between two marks, fifty times or fifty messages at once.
const support::role transfers{"syscalls.udp", [](support::role_args args) {
  const auto until = args[1] == "never" ? strait::deadline{} : strait::deadline{soon};
  udp_place to;
  auto from = or_throw(udp_socket::connect(to.at));
  udp_place asks;
  const auto all = alike(rounds, "x", to.at);
  std::array<std::byte, rounds> into{};
  std::array<received_datagram, rounds> room{};
  for (std::size_t i = 0; i < rounds; ++i) room[i].into = std::span{into}.subspan(i, 1);
  const bool is_receiving = args[0].starts_with("receive");
  or_throw(from.send_many(all));
  if (!is_receiving && !comes(to.socket, rounds, 1)) return 1;
  support::strace::mark();
  if (args[0] == "receive_many" && or_throw(to.socket.receive_many(room, until)) != rounds)
    return 1;
  if (args[0] == "send_many" && or_throw(from.send_many(all, until)) != rounds) return 1;
  for (std::size_t i = 0; i < rounds; ++i) {
    if (args[0] == "send") or_throw(from.send(into, until));
    if (args[0] == "send_to") or_throw(asks.socket.send_to(to.at, into, until));
    if (args[0] == "receive") or_throw(to.socket.receive(into, until));
    if (args[0] == "receive_from") or_throw(to.socket.receive_from(into, until));
  }
  support::strace::mark();
  return 0;
}};

std::vector<std::string> calls_of(const support::strace& tracer, const char* operation,
                                  const char* until) {
  const auto end = support::outcome_of(tracer.counting(transfers.command({operation, until})));
  return end.success() ? tracer.calls() : std::vector{end.message()};
}

// Linux: messages that go through the system as one come out as one for who asks for that.
constexpr int level_udp = 17;
constexpr int udp_segment = 103;
constexpr int udp_gro = 104;

bool can_join_messages(const udp_socket& s) {
  int size = 0;
  socklen_t room = sizeof size;
  return ::getsockopt(s.native(), level_udp, udp_segment, &size, &room) == 0;
}

bool shows_joined(const udp_socket& s) {
  constexpr int on = 1;
  return ::setsockopt(s.native(), level_udp, udp_gro, &on, sizeof on) == 0;
}

bool set_mtu_of_loopback(int size) {
  const auto any = strait::handle::adopt(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_mtu = size;
  return ::ioctl(any.get(), SIOCSIFMTU, &loopback) == 0;
}

// In a network whose packets are smaller than the messages: the system refuses to join them.
const support::role narrow{"udp.narrow", [](support::role_args /*args*/) {
  if (!support::enter_own_network() || !set_mtu_of_loopback(1280)) return not_possible_here;
  udp_place from;
  udp_place to;
  const std::string text(1400, 'x');
  if (or_throw(from.socket.send_many(alike(30, text, to.at))) != 30) return 1;
  return comes(to.socket, 30, text.size()) ? 0 : 2;
}};

}  // namespace

TEST_CASE("a UDP message is one system call, sent or received", "[udp][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  for (const auto* const until : {"never", "deadline"}) {
    for (const auto* const operation : {"send", "send_to"}) {
      CHECK(calls_of(tracer, operation, until) == std::vector<std::string>(rounds, "sendto"));
    }
    for (const auto* const operation : {"receive", "receive_from"}) {
      CHECK(calls_of(tracer, operation, until) == std::vector<std::string>(rounds, "recvfrom"));
    }
  }
}

TEST_CASE("fifty UDP messages are one system call, sent or received", "[udp][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  for (const auto* const until : {"never", "deadline"}) {
    const auto sent = calls_of(tracer, "send_many", until);
    if (!sent.empty() && sent[0] == "sendmsg") {
      return support::skip("the C library has no sendmmsg, but a loop of that name");
    }
    CHECK(sent == std::vector<std::string>{"sendmmsg"});
    CHECK(calls_of(tracer, "receive_many", until) == std::vector<std::string>{"recvmmsg"});
  }
}

TEST_CASE("UDP messages of one size go through the system as one", "[udp][posix]") {
  udp_place from;
  udp_place to;
  if (!can_join_messages(from.socket) || !shows_joined(to.socket)) {
    return support::skip("the system joins no messages");
  }
  const std::string text(100, 'x');
  REQUIRE(from.socket.send_many(alike(10, text, to.at)) == 10);
  std::array<std::byte, 4096> into{};
  CHECK(to.socket.receive(into, soon) == 10 * text.size());
}

TEST_CASE("UDP messages that the system does not join go one by one", "[udp][posix]") {
  const auto end = support::outcome_of(narrow.command());
  if (end == exit_code(not_possible_here)) return support::skip("no networks can be made here");
  CHECK(end == exit_code(0));
}

TEST_CASE("who shares ports cannot share that of a UDP socket", "[udp][posix]") {
  const udp_place first;
  const auto other = strait::handle::adopt(::socket(AF_INET, SOCK_DGRAM, 0));
  constexpr int on = 1;
  for (const int option : {SO_REUSEADDR, SO_REUSEPORT}) {
    REQUIRE(::setsockopt(other.get(), SOL_SOCKET, option, &on, sizeof on) == 0);
  }
  sockaddr_storage here{};
  socklen_t size = sizeof here;
  auto* const address = reinterpret_cast<sockaddr*>(&here);
  REQUIRE(::getsockname(first.socket.native(), address, &size) == 0);
  CHECK(::bind(other.get(), address, size) == -1);
}

TEST_CASE("a broadcast is sent by who may", "[udp][posix]") {
  const strait::endpoint all{.address = strait::ip_address::v4({127, 255, 255, 255}), .port = 9};
  udp_place plain;
  const auto sent = plain.socket.send_to(all, as_bytes("x"));
  if (sent || sent.error() != strait::condition::permission_denied) {
    return support::skip("the loopback has no broadcast here");
  }
  udp_place may{{.broadcast = true}};
  CHECK(may.socket.send_to(all, as_bytes("x")));
}
