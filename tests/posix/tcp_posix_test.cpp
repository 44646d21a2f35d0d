// SPDX-License-Identifier: MIT
// TCP whose packets get lost, and what it costs. Who loses packets has a network of its own.
#include <array>
#include <chrono>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <strait/tcp.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/kinds.hpp"
#include "support/posix/network.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/tcp.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::or_throw;
using strait::tcp_stream;
using support::exit_code;
using support::soon;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

constexpr int not_possible_here = 77;

// Both ends live and the way between them is gone: nobody is told.
const support::role loses_the_way{"tcp.loses_the_way", [](support::role_args /*args*/) {
  if (!support::enter_own_network()) return not_possible_here;
  auto [client, server] = support::tcp_connected({.send_buffer = 32'768, .receive_buffer = 32'768});
  std::byte one{};
  if (!client.write({&one, 1}, soon) || !server.read({&one, 1}, soon)) return 1;
  if (!support::set_loopback(false)) return 9;
  if (why(server.read({&one, 1}, 50ms)) != condition::timed_out) return 2;
  support::fill_up(client);
  if (why(client.write({&one, 1}, 50ms)) != condition::timed_out) return 3;
  return why(client.read({&one, 1}, 50ms)) == condition::timed_out ? 0 : 4;
}};

// Who asks whether the peer is there learns that it is not, without any deadline.
const support::role asks_for_life{"tcp.asks_for_life", [](support::role_args /*args*/) {
  if (!support::enter_own_network()) return not_possible_here;
  auto [client, server] = support::tcp_connected({.keep_alive = strait::tcp_keep_alive{1s, 1s, 2}});
  if (!support::set_loopback(false)) return 9;
  std::byte one{};
  return why(client.read({&one, 1})) == condition::timed_out ? 0 : 1;
}};

// Nobody answers at the first endpoint: the second is tried without waiting for the first to fail.
const support::role meets_silence{"tcp.meets_silence", [](support::role_args /*args*/) {
  if (!support::enter_own_network()) return not_possible_here;
  support::tcp_server full{{.backlog = 1}};
  std::vector<tcp_stream> waiting;
  strait::result<tcp_stream> next;
  while ((next = tcp_stream::connect(full.at, 100ms))) waiting.push_back(*std::move(next));
  if (next.error() != condition::timed_out) return 1;
  if (next.error().subject.text() != full.at.text()) return 2;

  const support::tcp_server answers;
  const auto begin = steady::now();
  const auto found = or_throw(tcp_stream::connect(std::array{full.at, answers.at}, soon));
  if (or_throw(found.remote()) != answers.at) return 3;
  const auto took = steady::now() - begin;
  if (took < 200ms || took > 10s) return 4;

  std::stop_source stop;
  const std::jthread stopper{[&stop] { stop.request_stop(); }};
  return why(tcp_stream::connect(full.at, stop.get_token())) == condition::operation_canceled ? 0
                                                                                              : 5;
}};

void play(const support::role& role) {
  const auto ended = support::outcome_of(role.command());
  if (ended == exit_code(not_possible_here)) {
    return support::skip("this process may have no network of its own");
  }
  CHECK(ended == exit_code(0));
}

}  // namespace

TEST_CASE("a TCP peer that cannot be reached any more holds nobody beyond a deadline",
          "[tcp][posix]") {
  play(loses_the_way);
}

TEST_CASE("a TCP peer that does not answer any more is given up by who asks", "[tcp][posix]") {
  play(asks_for_life);
}

TEST_CASE("an endpoint that is silent does not keep others waiting", "[tcp][posix]") {
  play(meets_silence);
}
