// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <strait/shared_memory.hpp>

namespace strait::detail {

enum class segment_state : std::uint32_t { initialising, ready, closing };

/// What every segment of strait begins with, the same for 32 and 64 bits. Others can write it: all
/// that is read of it is read once, and checked. See docs/decisions/013.
struct segment_header {
  static constexpr std::uint64_t strait_magic = 0x1A74'61'72'74'73'00'01ULL;  // "strat", 1
  static constexpr std::uint32_t this_version = 1;
  static constexpr std::uint32_t this_order = 0x01020304;

  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t byte_order;
  std::atomic<segment_state> state;
  std::uint32_t life;
  std::uint64_t max_size;
  std::atomic<std::uint64_t> size;
  std::uint64_t contents_hash;
  std::uint64_t contents_size;
  std::uint64_t contents_alignment;
  std::uint32_t name_size;
  std::array<char, name::max_size> name_text;
};

/// The contents begin at a page, whatever is aligned in them.
inline constexpr std::size_t header_room = 4096;
static_assert(sizeof(segment_header) <= header_room);
static_assert(offsetof(segment_header, name_text) == 68, "the same for 32 and 64 bits");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "no lock is shared by processes");

/// What is to be made, or is expected.
struct segment_facts {
  const char* operation = "";
  std::string_view name;
  lifetime life = lifetime::owned;
  std::uint64_t size = 0;
  std::uint64_t max_size = 0;
  contents what;
};

/// The header of what is at least header_room long.
inline segment_header& header_of(std::span<std::byte> mapped) noexcept {
  return *reinterpret_cast<segment_header*>(mapped.data());
}

/// Whether it stays without users, for all that its header says.
inline bool is_persistent(std::span<std::byte> mapped) noexcept {
  return header_of(mapped).life == static_cast<std::uint32_t>(lifetime::persistent);
}

/// Whether its maker has finished, and nobody has begun to remove it.
inline bool is_ready(std::span<std::byte> mapped) noexcept {
  return mapped.size() >= header_room && header_of(mapped).state == segment_state::ready;
}

/// Fills the header, and the contents, of memory that is zero; the last word says that it is ready.
STRAIT_API void make_segment(std::span<std::byte> mapped, const segment_facts& facts) noexcept;

/// What a header may say without being changed later.
struct fixed_facts {
  std::size_t max_size = 0;
  lifetime life = lifetime::owned;
};

/// Checks everything in a header that says it is ready, against what is mapped and expected. An
/// empty name is expected of what has been passed as a handle: then any will do.
///
/// Fails with incompatible, corrupted, name_collision.
STRAIT_API result<fixed_facts> check_segment(std::span<std::byte> mapped,
                                             const segment_facts& expected);

}  // namespace strait::detail
