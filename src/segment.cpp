// SPDX-License-Identifier: MIT
#include "segment.hpp"

#include <algorithm>

#include "fail_point.hpp"
#include "pause.hpp"
#include "try.hpp"

namespace strait::detail {

result<std::unique_ptr<segment>> segment::get(const segment_wish& wish, const deadline& until) {
  const auto& facts = wish.facts;
  if (until.stop_requested()) {
    return fail(condition::operation_canceled, facts.operation, facts.name);
  }
  patience patience{facts.operation, facts.name, until};
  // The second try comes at once: the first one may have taken away what was in the way.
  for (bool waits = false;; waits = true) {
    STRAIT_TRY(auto found, attempt(wish));
    if (found) return found;
    if (waits) STRAIT_CHECK(patience.wait());
  }
}

result<bool> segment::remove(const segment_wish& wish, bool only_dead, const deadline& until) {
  patience patience{wish.facts.operation, wish.facts.name, until};
  for (;;) {
    STRAIT_TRY(const auto removed, attempt_removal(wish, only_dead));
    if (removed) return *removed;
    STRAIT_CHECK(patience.wait());
  }
}

result<> segment::accept(const segment_wish& wish) {
  const auto facts = check_segment(mapped_, wish.facts);
  if (wish.how == way::create && (facts || facts.error() != condition::name_collision)) {
    return fail(condition::file_exists, wish.facts.operation, wish.facts.name);
  }
  if (!facts) return fail(facts.error());
  max_size_ = facts->max_size;
  life_ = facts->life;
  return {};
}

std::span<std::byte> segment::bytes() const noexcept {
  return mapped_.subspan(header_size_, size());
}

std::size_t segment::max_size() const noexcept {
  return max_size_;
}

std::size_t segment::size() const noexcept {
  if (header_size_ == 0) return max_size_;
  const auto said = header_of(mapped_).size.load(std::memory_order_acquire);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(said, max_size_));
  if (size <= known_size_.load(std::memory_order_relaxed)) return size;
  const auto all = backed(header_size_ + size);
  const auto known = all < header_size_ ? 0 : all - header_size_;
  known_size_.store(known, std::memory_order_relaxed);
  return known;
}

result<> segment::grow(const char* operation, std::size_t size) {
  if (read_only_) return fail(condition::operation_not_permitted, operation);
  if (size > max_size_) {
    return fail(condition::invalid_argument, operation, {},
                "it is beyond the max_size it was made with");
  }
  if (size <= this->size()) return {};
  STRAIT_CHECK(reserve(operation, header_size_ + size));
  fail_point("segment: reserved more");
  auto& said = header_of(mapped_).size;
  std::uint64_t before = said;
  while (before < size && !said.compare_exchange_weak(before, size)) {
  }
  return {};
}

}  // namespace strait::detail
