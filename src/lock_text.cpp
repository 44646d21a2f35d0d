// SPDX-License-Identifier: MIT
#include "lock_text.hpp"

#include <charconv>

#include <fmt/format.h>

namespace strait::detail {
namespace {

/// Takes a number and the space behind it off the beginning of `text`.
template <class Number>
bool take(std::string_view& text, Number& number) {
  const auto* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || next == end || *next != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(next - text.data()) + 1);
  return true;
}

}  // namespace

std::string write(const lock_text& text) {
  return fmt::format("{} {} {}\n", text.holder.id, text.holder.start, text.name);
}

std::optional<lock_text> read_lock_text(std::string_view text) {
  lock_text found;
  if (!take(text, found.holder.id) || !take(text, found.holder.start)) return std::nullopt;
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  found.name = text.substr(0, end);
  return found;
}

}  // namespace strait::detail
