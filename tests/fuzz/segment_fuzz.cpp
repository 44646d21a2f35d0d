// SPDX-License-Identifier: MIT
// Any bytes as a segment: what is believed of them is within what is mapped, and is what is said.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "../../src/segment_header.hpp"
#include "fuzz.hpp"

namespace {

using fuzz::must_hold;
using strait::condition;
using namespace strait::detail;

/// Memory that is aligned as what is mapped: the input is its header, and says how long it is.
struct mapped {
  alignas(4096) std::array<std::byte, 3 * header_room> room{};

  mapped(const std::uint8_t* data, std::size_t size) noexcept {
    std::memcpy(room.data(), data, std::min(size, room.size()));
  }
};

void check(std::span<std::byte> all, const segment_facts& expected) {
  if (!is_ready(all)) return;
  const auto facts = check_segment(all, expected);
  if (!facts) {
    const auto why = facts.error().condition;
    must_hold(why == condition::incompatible || why == condition::corrupted ||
                  why == condition::name_collision,
              "it is one of three failures");
    return;
  }
  must_hold(facts->max_size <= all.size() - header_room, "it is within what is mapped");
  must_hold(header_of(all).size <= facts->max_size, "so is what there is now");
  must_hold(expected.what.size <= facts->max_size, "what stands in it has room");
  must_hold(expected.name.empty() || header_of(all).name_size == expected.name.size(),
            "its name is the one that was asked for");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr contents picture{.hash = 5, .size = 2 * header_room, .alignment = 8};
  mapped memory{data, size};
  const std::span all{memory.room};
  for (const std::size_t length :
       {header_room - 1, header_room, 2 * header_room, 3 * header_room}) {
    check(all.first(length), {.name = "telemetry", .what = {}});
    check(all.first(length), {.name = {}, .what = {}});
    check(all.first(length), {.name = {}, .what = picture});
  }
  return 0;
}
