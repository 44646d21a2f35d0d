// SPDX-License-Identifier: MIT
// What comes in the moment in which a wait is stopped.
#include <strait/udp.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <span>
#include <stop_token>
#include <thread>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/udp.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::or_throw;
using support::soon;
using support::udp_place;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::uint32_t window = 32;  // what is on its way fits into every buffer

// Sends numbers, but no more than `window` that nobody has taken yet.
void flood(udp_place& from, const strait::endpoint& to, std::uint32_t count,
           const std::atomic<std::uint32_t>& taken, const std::stop_token& stop) {
  for (std::uint32_t i = 0; i < count; ++i) {
    while (i - taken.load() >= window) {
      if (stop.stop_requested()) return;
      std::this_thread::yield();
    }
    or_throw(from.socket.send_to(to, std::as_bytes(std::span{&i, 1}), soon));
  }
}

// Receives with a stop that is requested after a moment.
strait::result<std::size_t> receive_until_stopped(udp_place& at, strait::bytes into,
                                                  std::chrono::microseconds pause) {
  std::stop_source stop;
  const std::jthread stopper{[&stop, pause] {
    const auto until = steady::now() + pause;
    while (steady::now() < until) std::this_thread::yield();
    stop.request_stop();
  }};
  return at.socket.receive(into, stop.get_token());
}

}  // namespace

TEST_CASE("a UDP receive that is stopped at any moment loses nothing, and takes nothing twice",
          "[udp]") {
  udp_place to;
  udp_place from;
  const auto count = static_cast<std::uint32_t>(support::scaled(200'000, 2'000));
  std::atomic<std::uint32_t> taken = 0;
  const std::jthread sender{
      [&](const std::stop_token& stop) { flood(from, to.at, count, taken, stop); }};
  std::mt19937 random{std::random_device{}()};
  std::uint32_t expected = 0;
  const auto end = steady::now() + 10 * soon;
  while (expected < count && steady::now() < end) {
    std::uint32_t number = 0;
    const std::chrono::microseconds pause{random() % 40};
    const auto got = receive_until_stopped(to, std::as_writable_bytes(std::span{&number, 1}),
                                           pause);
    if (!got) {
      REQUIRE(got.error() == condition::operation_canceled);
      continue;
    }
    REQUIRE(number == expected);
    taken = ++expected;
  }
  CHECK(expected == count);
}
