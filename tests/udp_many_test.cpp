// SPDX-License-Identifier: MIT
// Many messages at once.
#include <strait/udp.hpp>

#include <array>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/udp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::datagram_to_send;
using strait::or_throw;
using strait::received_datagram;
using strait::udp_socket;
using support::soon;
using support::udp_place;
using support::why;

namespace {

constexpr std::size_t longest = 2048;

// Room for so many messages.
class rooms {
 public:
  explicit rooms(std::size_t count, std::size_t each = longest) : memory_(count * each) {
    for (std::size_t i = 0; i < count; ++i) {
      all_.push_back({.into = std::span{memory_}.subspan(i * each, each)});
    }
  }

  [[nodiscard]] std::span<received_datagram> all() noexcept { return all_; }

 private:
  std::vector<std::byte> memory_;
  std::vector<received_datagram> all_;
};

// The next messages, so many of them.
std::vector<std::string> next_messages(udp_socket& from, std::size_t count) {
  std::vector<std::string> texts;
  rooms room{count};
  while (texts.size() < count) {
    const auto got = or_throw(from.receive_many(room.all().first(count - texts.size()), soon));
    for (const auto& one : room.all().first(got)) {
      texts.emplace_back(strait::as_text(one.message()));
    }
  }
  return texts;
}

std::vector<datagram_to_send> to_send(const std::vector<std::string>& texts,
                                      const strait::endpoint& to) {
  std::vector<datagram_to_send> all;
  for (const auto& text : texts) all.push_back({.message = as_bytes(text), .to = to});
  return all;
}

std::vector<std::string> texts_of(std::initializer_list<std::size_t> sizes) {
  std::vector<std::string> texts;
  for (const auto size : sizes)
    texts.emplace_back(size, static_cast<char>('a' + (texts.size() % 26)));
  return texts;
}

}  // namespace

TEST_CASE("many UDP messages go at once, and stay what they are", "[udp]") {
  udp_place from;
  udp_place to;
  auto connected = or_throw(udp_socket::connect(to.at));
  // Runs of one size, with and without a shorter one at their end, and what is in no run.
  const std::initializer_list<std::size_t> sizes{
      30, 30, 31, 31, 0, 100,  40,   100,  0,    100,  100,  100,  40,   0,    0,
      7,  7,  8,  8,  0, 1400, 1400, 1400, 1000, 2000, 2000, 1452, 1452, 1453, 3};
  const auto texts = texts_of(sizes);
  REQUIRE(from.socket.send_many(to_send(texts, to.at)) == texts.size());
  CHECK(next_messages(to.socket, texts.size()) == texts);
  REQUIRE(connected.send_many(to_send(texts, support::any_port), soon) == texts.size());
  CHECK(next_messages(to.socket, texts.size()) == texts);
}

TEST_CASE("more UDP messages than one call takes go all the same", "[udp]") {
  udp_place from;
  udp_place to{{.receive_buffer = 1'000'000}};
  for (const std::size_t size : {10U, 0U}) {
    std::vector<std::string> texts;
    for (int i = 0; i < 150; ++i) {
      texts.emplace_back(size == 0 ? static_cast<std::size_t>(i) : size, static_cast<char>(i));
    }
    REQUIRE(from.socket.send_many(to_send(texts, to.at)) == texts.size());
    CHECK(next_messages(to.socket, texts.size()) == texts);
  }
}

TEST_CASE("UDP messages to several places go at once", "[udp]") {
  udp_place from;
  std::array<udp_place, 3> places;
  std::vector<datagram_to_send> all;
  for (int round = 0; round < 4; ++round) {
    for (const auto& place : places) {
      all.push_back({.message = as_bytes("first"), .to = place.at});
      all.push_back({.message = as_bytes("again"), .to = place.at});
    }
  }
  REQUIRE(from.socket.send_many(all) == all.size());
  for (auto& place : places) {
    const auto got = next_messages(place.socket, 8);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == (i % 2 == 0 ? "first" : "again"));
  }
}

TEST_CASE("receiving many UDP messages takes what is there, and waits for no more", "[udp]") {
  udp_place from;
  udp_place to;
  rooms room{8};
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    for (const auto* const text : {"one", "two", "three"}) {
      or_throw(from.socket.send_to(to.at, as_bytes(text)));
    }
    REQUIRE(to.socket.receive_many(room.all(), until) == 3);
    CHECK(strait::as_text(room.all()[2].message()) == "three");
    CHECK(room.all()[2].from == from.at);
  }
  CHECK(to.socket.receive_many({}, soon) == 0);
  CHECK(why(to.socket.receive_many(room.all(), 10ms)) == condition::timed_out);
}

TEST_CASE("of many UDP messages the one that is cut says so, and no other is lost", "[udp]") {
  udp_place from;
  udp_place to;
  const auto texts = texts_of({3, 4, 5, 1000, 0, 4});
  REQUIRE(from.socket.send_many(to_send(texts, to.at)) == texts.size());
  rooms room{8, 4};
  std::size_t got = 0;
  while (got < texts.size()) {
    got += or_throw(to.socket.receive_many(room.all().subspan(got), soon));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& one = room.all()[i];
    CHECK(one.size == texts[i].size());
    CHECK(one.is_cut() == (texts[i].size() > 4));
    CHECK(strait::as_text(one.message()) == texts[i].substr(0, 4));
  }
}

TEST_CASE("many UDP messages go up to one that cannot, and the next call says why", "[udp]") {
  udp_place from;
  udp_place to;
  const auto texts = texts_of({10, 10, 70'000, 10});
  const auto all = to_send(texts, to.at);
  REQUIRE(from.socket.send_many(all) == 2);
  CHECK(why(from.socket.send_many(std::span{all}.subspan(2))) == condition::message_size);
  REQUIRE(from.socket.send_many(std::span{all}.subspan(3)) == 1);
  CHECK(next_messages(to.socket, 3) == std::vector{texts[0], texts[1], texts[3]});
  CHECK(from.socket.send_many({}) == 0);
}
