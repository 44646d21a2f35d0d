// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

// Reads addresses, for <strait/endpoint.hpp>.
namespace strait::detail {

/// A decimal number as a person writes it: digits alone, and none before it that is 0.
template <class Number>
constexpr std::optional<Number> read_number(std::string_view text) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<Number>::max();
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = (number * 10) + static_cast<std::uint64_t>(c - '0');
    if (number > most) return std::nullopt;
  }
  return static_cast<Number>(number);
}

constexpr std::optional<std::array<std::uint8_t, 4>> read_v4(std::string_view text) noexcept {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto dot = text.find('.');
    const bool is_last = dot == std::string_view::npos;
    const auto byte = read_number<std::uint8_t>(text.substr(0, dot));
    if (!byte || is_last != (i + 1 == bytes.size())) return std::nullopt;
    bytes[i] = *byte;
    if (!is_last) text.remove_prefix(dot + 1);
  }
  return bytes;
}

/// Up to four hexadecimal digits.
constexpr std::optional<std::uint16_t> read_group(std::string_view text) noexcept {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    number = (number * 16) + digit;
  }
  return static_cast<std::uint16_t>(number);
}

/// The bytes of some groups with one : between, the last two of which may be written as IPv4.
class v6_groups {
 public:
  /// False if that is none, or more than there is room for. No text is no group.
  constexpr bool read(std::string_view text) noexcept {
    while (!text.empty()) {
      const auto colon = text.find(':');
      const auto group = text.substr(0, colon);
      const bool is_last = colon == std::string_view::npos;
      if (!(is_last ? take_last(group) : take(group))) return false;
      if (is_last) return true;
      text.remove_prefix(colon + 1);
      if (text.empty()) return false;
    }
    return true;
  }

  [[nodiscard]] constexpr std::span<const std::uint8_t> bytes() const noexcept {
    return std::span{bytes_}.first(size_);
  }

 private:
  constexpr bool take(std::string_view text) noexcept {
    const auto group = read_group(text);
    if (!group || size_ + 2 > bytes_.size()) return false;
    bytes_[size_++] = static_cast<std::uint8_t>(*group >> 8U);
    bytes_[size_++] = static_cast<std::uint8_t>(*group & 0xFFU);
    return true;
  }

  constexpr bool take_last(std::string_view text) noexcept {
    if (text.find('.') == std::string_view::npos) return take(text);
    const auto v4 = read_v4(text);
    if (!v4 || size_ + 4 > bytes_.size()) return false;
    for (const auto byte : *v4) bytes_[size_++] = byte;
    return true;
  }

  std::array<std::uint8_t, 16> bytes_{};
  std::size_t size_ = 0;
};

constexpr std::optional<std::array<std::uint8_t, 16>> read_v6(std::string_view text) noexcept {
  const auto gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  v6_groups before;
  v6_groups after;
  const auto head = text.substr(0, gap);
  const auto tail = has_gap ? text.substr(gap + 2) : std::string_view{};
  // IPv4 stands at the very end.
  if (has_gap && head.find('.') != std::string_view::npos) return std::nullopt;
  if (!before.read(head) || !after.read(tail)) return std::nullopt;

  std::array<std::uint8_t, 16> bytes{};
  const auto size = before.bytes().size() + after.bytes().size();
  if (has_gap ? size > bytes.size() - 2 : size != bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < before.bytes().size(); ++i) bytes[i] = before.bytes()[i];
  const auto rest = bytes.size() - after.bytes().size();
  for (std::size_t i = 0; i < after.bytes().size(); ++i) bytes[rest + i] = after.bytes()[i];
  return bytes;
}

}  // namespace strait::detail
