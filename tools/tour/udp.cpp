// SPDX-License-Identifier: MIT
#include <array>
#include <string>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;
using strait::udp_socket;

constexpr std::size_t questions = 2000;

using question = std::array<std::byte, 64>;

/// Answers whoever asks with what was asked.
void echo() {
  auto parent = or_throw(strait::inherited<strait::pipe_reader>("where"));
  std::array<std::byte, 64> where;
  const auto size = or_throw(parent.read(where, patience));
  const auto to = or_throw(strait::endpoint::parse(strait::as_text(std::span{where}.first(size))));
  auto socket = or_throw(udp_socket::connect(to));
  question heard{};
  or_throw(socket.send(heard, patience));  // so that it is known where this is
  for (std::size_t i = 0; i < questions; ++i) {
    or_throw(socket.receive(heard, patience));
    or_throw(socket.send(heard, patience));
  }
}

outcome ask() {
  auto socket = or_throw(udp_socket::create(own_endpoint));
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto where = or_throw(socket.local()).text();
  or_throw(write_all(writer, strait::as_bytes(where), patience));
  auto self = myself_as("echo-udp");
  self.give.emplace_back("where", std::move(reader));
  auto partner = or_throw(strait::spawn(self));

  question answer{};
  const auto to = or_throw(socket.receive_from(answer, patience)).from;
  question asked{};
  auto times = time_each(questions, [&] {
    asked[0] = static_cast<std::byte>(std::to_integer<int>(asked[0]) + 1);
    or_throw(socket.send_to(to, asked, patience));
    or_throw(socket.receive(answer, patience));
    expect(asked == answer, "another answer than asked for");
  });
  expect(or_throw(partner.wait(patience)).success(), "the child failed");
  return {.messages = 2 * questions,
          .bytes = 2 * questions * sizeof(question),
          .round_trips = std::move(times)};
}

}  // namespace

void add_udp(std::vector<stop>& all) {
  all.push_back({.mechanism = "udp_socket, question and answer",
                 .primitive = "UDP",
                 .role = "echo-udp",
                 .here = ask,
                 .there = echo});
}

}  // namespace tour
