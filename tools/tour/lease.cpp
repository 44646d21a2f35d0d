// SPDX-License-Identifier: MIT
#include <array>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t claims = 200;

/// Hears a name, takes its lease, says so, and keeps it for ever.
void hold() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  std::array<std::byte, 64> buffer;
  const auto size = or_throw(parent.read(buffer, patience));
  const auto name = strait::as_text(std::span{buffer}.first(size));
  const auto held = or_throw(strait::lease::acquire(name, patience));
  or_throw(write_all(parent, strait::as_bytes("!"), patience));
  static_cast<void>(parent.read(buffer, patience));
}

outcome claim_and_survive() {
  const auto name = own_name();
  auto times = time_each(claims, [&] {
    auto held = or_throw(strait::lease::acquire(name, patience));
    or_throw(held.release());
  });

  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto self = myself_as("hold");
  self.give.emplace_back("parent", std::move(theirs));
  auto holder = or_throw(strait::spawn(self));
  or_throw(write_all(ours, strait::as_bytes(name), patience));
  std::array<std::byte, 1> has_it;
  or_throw(read_exactly(ours, has_it, patience));
  const auto seen = or_throw(strait::lease::holder(name));
  expect(seen && seen->id == holder.id(), "another holder than the child");
  or_throw(holder.kill());
  const auto next = or_throw(strait::lease::acquire(name, patience));
  return {.messages = claims, .bytes = 0, .round_trips = std::move(times)};
}

}  // namespace

void add_leases(std::vector<stop>& all) {
  all.push_back({.mechanism = "lease, taken and given back",
                 .primitive = strait::on_windows ? "LockFileEx" : "OFD lock or flock",
                 .role = "hold",
                 .here = claim_and_survive,
                 .there = hold});
}

}  // namespace tour
