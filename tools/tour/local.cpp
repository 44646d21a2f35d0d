// SPDX-License-Identifier: MIT
#include <array>
#include <string>

#include "tour.hpp"

namespace tour {
namespace {

using strait::local_listener;
using strait::local_stream;
using strait::or_throw;

constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t blocks = 1024;
constexpr std::size_t questions = 2000;

using question = std::array<std::byte, 64>;

/// A child that finds this process by a name, and the stream to it.
struct meeting {
  strait::child child;
  local_stream stream;
};

meeting meet(const char* role) {
  const auto name = own_name();
  auto listener = or_throw(local_listener::create(name));
  auto [reader, writer] = or_throw(strait::pipe::create());
  or_throw(write_all(writer, strait::as_bytes(name), patience));
  auto self = myself_as(role);
  self.give.emplace_back("name", std::move(reader));
  meeting m{.child = or_throw(strait::spawn(self)), .stream = {}};
  m.stream = or_throw(listener.accept(patience));
  expect(or_throw(m.stream.peer()).id() == m.child.id(), "another process than the child");
  return m;
}

local_stream meet_parent() {
  auto from = or_throw(strait::inherited<strait::pipe_reader>("name"));
  std::array<std::byte, 64> buffer;
  const auto size = or_throw(from.read(buffer, patience));
  return or_throw(local_stream::connect(strait::as_text(std::span{buffer}.first(size)), patience));
}

/// Reads to the end and answers with how much it was.
void count_bytes() {
  auto parent = meet_parent();
  std::vector<std::byte> buffer(block_size);
  std::array<std::uint64_t, 1> total{};
  while (const auto got = or_throw(parent.read(buffer, patience))) total[0] += got;
  or_throw(write_all(parent, std::as_bytes(std::span{total}), patience));
}

outcome send_blocks() {
  auto [counter, ours] = meet("count-stream");
  const std::vector<std::byte> block(block_size);
  for (std::size_t i = 0; i < blocks; ++i) or_throw(write_all(ours, block, patience));
  or_throw(ours.finish());
  std::array<std::uint64_t, 1> counted{};
  or_throw(read_exactly(ours, std::as_writable_bytes(std::span{counted}), patience));
  expect(or_throw(counter.wait(patience)).success(), "the child failed");
  expect(counted[0] == blocks * block_size, "bytes were lost");
  return {.messages = blocks, .bytes = static_cast<std::size_t>(counted[0]), .round_trips = {}};
}

void echo() {
  auto parent = meet_parent();
  question heard;
  for (std::size_t i = 0; i < questions; ++i) {
    or_throw(read_exactly(parent, heard, patience));
    or_throw(write_all(parent, heard, patience));
  }
}

outcome ask() {
  auto [partner, ours] = meet("echo-stream");
  question asked{};
  question answer;
  auto times = time_each(questions, [&, &stream = ours] {
    asked[0] = static_cast<std::byte>(std::to_integer<int>(asked[0]) + 1);
    or_throw(write_all(stream, asked, patience));
    or_throw(read_exactly(stream, answer, patience));
    expect(asked == answer, "another answer than asked for");
  });
  expect(or_throw(partner.wait(patience)).success(), "the child failed");
  return {.messages = 2 * questions,
          .bytes = 2 * questions * sizeof(question),
          .round_trips = std::move(times)};
}

}  // namespace

void add_local_streams(std::vector<stop>& all) {
  constexpr auto primitive = strait::on_windows ? "duplex named pipe" : "Unix domain socket";
  all.push_back({.mechanism = "local_stream, one way",
                 .primitive = primitive,
                 .role = "count-stream",
                 .here = send_blocks,
                 .there = count_bytes});
  all.push_back({.mechanism = "local_stream, question and answer",
                 .primitive = primitive,
                 .role = "echo-stream",
                 .here = ask,
                 .there = echo});
}

}  // namespace tour
