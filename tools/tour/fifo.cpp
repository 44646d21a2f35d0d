// SPDX-License-Identifier: MIT
#include <array>
#include <string>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t writers = 4;
constexpr std::size_t frames_of_each = 2000;
using frame = std::array<std::byte, strait::fifo_writer::atomic_size>;

std::string own_name() {
  return "tour-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
}

/// Hears a name, and writes frames to the FIFO of that name.
void write_frames() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  std::array<std::byte, 64> buffer;
  const auto size = or_throw(parent.read(buffer, patience));
  const auto name = strait::as_text(std::span{buffer}.first(size));
  auto to = or_throw(strait::fifo_writer::open(name, patience));
  const frame whole{};
  for (std::size_t i = 0; i < frames_of_each; ++i) {
    expect(or_throw(to.write(whole, patience)) == whole.size(), "a frame was torn");
  }
}

outcome merge_frames() {
  const auto name = own_name();
  auto from = or_throw(strait::fifo_reader::create(name));
  std::vector<strait::child> children;
  for (std::size_t i = 0; i < writers; ++i) {
    auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
    auto self = myself_as("write-frames");
    self.give.emplace_back("parent", std::move(theirs));
    children.push_back(or_throw(strait::spawn(self)));
    or_throw(write_all(ours, strait::as_bytes(name), patience));
  }

  constexpr auto total = writers * frames_of_each * sizeof(frame);
  std::vector<std::byte> buffer(std::size_t{64} * 1024);
  std::size_t got = 0;
  while (got < total) got += or_throw(from.read(buffer, patience));
  for (auto& child : children) {
    expect(or_throw(child.wait(patience)).success(), "a writer failed");
  }
  expect(got == total, "more came than was written");
  return {.messages = writers * frames_of_each, .bytes = got, .round_trips = {}};
}

}  // namespace

void add_fifos(std::vector<stop>& all) {
  all.push_back({.mechanism = "fifo, four writers and a reader",
                 .primitive = strait::on_windows ? "named pipe, instances" : "mkfifo",
                 .role = "write-frames",
                 .here = merge_frames,
                 .there = write_frames});
}

}  // namespace tour
