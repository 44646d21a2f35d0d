// SPDX-License-Identifier: MIT
#include "segment_header.hpp"

#include <algorithm>

#include "fail_point.hpp"
#include "try.hpp"

namespace strait::detail {
namespace {

bool holds(const segment_header& header, const contents& what) noexcept {
  return header.contents_hash == what.hash && header.contents_size == what.size &&
         header.contents_alignment == what.alignment;
}

/// Whether this strait, on this machine, can read the rest at all.
result<> check_kind(const segment_header& header, const segment_facts& expected) {
  const auto refuse = [&expected](const char* hint) {
    return fail(condition::incompatible, expected.operation, expected.name, hint);
  };
  if (header.magic != segment_header::strait_magic) return refuse("strait did not make it");
  if (header.byte_order != segment_header::this_order) return refuse("its byte order is another");
  if (header.version != segment_header::this_version) {
    return refuse("a strait of another version made it");
  }
  if (!holds(header, expected.what)) return refuse("it holds another type, or another layout");
  return {};
}

}  // namespace

void make_segment(std::span<std::byte> mapped, const segment_facts& facts) noexcept {
  auto& header = header_of(mapped);
  header.version = segment_header::this_version;
  header.byte_order = segment_header::this_order;
  header.life = static_cast<std::uint32_t>(facts.life);
  header.max_size = facts.max_size;
  header.size = facts.size;
  header.contents_hash = facts.what.hash;
  header.contents_size = facts.what.size;
  header.contents_alignment = facts.what.alignment;
  header.name_size = static_cast<std::uint32_t>(facts.name.size());
  std::ranges::copy(facts.name, header.name_text.begin());
  header.magic = segment_header::strait_magic;
  fail_point("segment: header written");
  if (facts.what.fill != nullptr) facts.what.fill(mapped.data() + header_room);
  fail_point("segment: contents begun");
  header.state = segment_state::ready;
  fail_point("segment: ready");
}

result<fixed_facts> check_segment(std::span<std::byte> mapped, const segment_facts& expected) {
  const auto& header = header_of(mapped);
  STRAIT_CHECK(check_kind(header, expected));
  const auto is_wrong = [&expected] {
    return fail(condition::corrupted, expected.operation, expected.name);
  };
  const auto max_size = header.max_size;
  const auto name_size = header.name_size;
  const auto life = header.life;
  if (max_size > mapped.size() - header_room || header.size > max_size) return is_wrong();
  if (expected.what.size > header.size || name_size > header.name_text.size()) return is_wrong();
  if (life > static_cast<std::uint32_t>(lifetime::persistent)) return is_wrong();
  const std::string_view name{header.name_text.data(), name_size};
  if (!expected.name.empty() && name != expected.name) {
    return fail(condition::name_collision, expected.operation, expected.name);
  }
  return fixed_facts{.max_size = static_cast<std::size_t>(max_size),
                     .life = static_cast<lifetime>(life)};
}

}  // namespace strait::detail
