// SPDX-License-Identifier: MIT
#include <array>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t blocks = 1024;
constexpr std::size_t questions = 2000;

/// Reads to the end and answers with how much it was.
void count_bytes() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  std::vector<std::byte> buffer(block_size);
  std::array<std::uint64_t, 1> total{};
  while (const auto got = or_throw(parent.read(buffer, patience))) total[0] += got;
  or_throw(write_all(parent, std::as_bytes(std::span{total}), patience));
}

outcome send_blocks() {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto self = myself_as("count-bytes");
  self.give.emplace_back("parent", std::move(theirs));
  auto counter = or_throw(strait::spawn(self));

  const std::vector<std::byte> block(block_size);
  for (std::size_t i = 0; i < blocks; ++i) or_throw(write_all(ours, block, patience));
  or_throw(ours.writer.close());
  std::array<std::uint64_t, 1> counted{};
  or_throw(read_exactly(ours, std::as_writable_bytes(std::span{counted}), patience));
  expect(or_throw(counter.wait(patience)).success(), "the child failed");
  expect(counted[0] == blocks * block_size, "bytes were lost");
  return {.messages = blocks, .bytes = static_cast<std::size_t>(counted[0]), .round_trips = {}};
}

using question = std::array<std::byte, 64>;

void echo() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  question heard;
  for (std::size_t i = 0; i < questions; ++i) {
    or_throw(read_exactly(parent, heard, patience));
    or_throw(write_all(parent, heard, patience));
  }
}

outcome ask() {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto self = myself_as("echo");
  self.give.emplace_back("parent", std::move(theirs));
  auto partner = or_throw(strait::spawn(self));

  question asked{};
  question answer;
  auto times = time_each(questions, [&] {
    asked[0] = static_cast<std::byte>(std::to_integer<int>(asked[0]) + 1);
    or_throw(write_all(ours, asked, patience));
    or_throw(read_exactly(ours, answer, patience));
    expect(asked == answer, "another answer than asked for");
  });
  expect(or_throw(partner.wait(patience)).success(), "the child failed");
  return {.messages = 2 * questions,
          .bytes = 2 * questions * sizeof(question),
          .round_trips = std::move(times)};
}

}  // namespace

void add_pipes(std::vector<stop>& all) {
  constexpr auto primitive = strait::on_windows ? "overlapped named pipe" : "pipe2";
  all.push_back({.mechanism = "pipe, one way",
                 .primitive = primitive,
                 .role = "count-bytes",
                 .here = send_blocks,
                 .there = count_bytes});
  all.push_back({.mechanism = "duplex_pipe, question and answer",
                 .primitive = primitive,
                 .role = "echo",
                 .here = ask,
                 .there = echo});
}

}  // namespace tour
