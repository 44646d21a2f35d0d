// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t openings = 500;
constexpr std::size_t size = 1 << 20;

/// Fills the memory of the name it hears, and says so.
void fill() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  std::array<std::byte, 64> buffer;
  const auto length = or_throw(parent.read(buffer, patience));
  const auto name = strait::as_text(std::span{buffer}.first(length));
  const auto memory = or_throw(strait::shared_memory::open(name));
  std::ranges::fill(memory.writable_bytes(), std::byte{7});
  or_throw(write_all(parent, strait::as_bytes("!"), patience));
  static_cast<void>(parent.read(buffer, patience));
}

outcome share_and_survive() {
  const auto name = own_name();
  auto memory = or_throw(strait::shared_memory::create(name, size));
  auto times = time_each(openings, [&] {
    expect(or_throw(strait::shared_memory::open(name)).size() == size, "another size");
  });

  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto self = myself_as("fill");
  self.give.emplace_back("parent", std::move(theirs));
  auto child = or_throw(strait::spawn(self));
  or_throw(write_all(ours, strait::as_bytes(name), patience));
  std::array<std::byte, 1> has_filled;
  or_throw(read_exactly(ours, has_filled, patience));
  expect(std::ranges::count(memory.bytes(), std::byte{7}) == size, "other bytes");
  or_throw(memory.close());
  or_throw(child.kill());
  or_throw(child.wait(patience));
  // What the last user was killed with is no more alive than he is.
  expect(!strait::shared_memory::open(name, {.until = patience}), "it survived its last user");
  return {.messages = openings, .bytes = size, .round_trips = std::move(times)};
}

}  // namespace

void add_memory(std::vector<stop>& all) {
  all.push_back({.mechanism = "shared_memory, opened and closed",
                 .primitive = strait::on_windows ? "file mapping" : "shm_open",
                 .role = "fill",
                 .here = share_and_survive,
                 .there = fill});
}

}  // namespace tour
