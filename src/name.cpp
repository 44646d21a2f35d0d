// SPDX-License-Identifier: MIT
#include <strait/name.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ranges>

#include "naming.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto operation = "use name";

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

constexpr bool is_allowed(char c) noexcept {
  return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
}

/// One sentence for each character that is not allowed: an error holds literals alone.
constexpr auto make_complaints() noexcept {
  constexpr std::string_view before = "the character ";
  constexpr std::string_view after = " is not one of a-z 0-9 . _ -";
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::array<char, before.size() + 4 + after.size() + 1>, 256> all{};
  for (unsigned code = 0; code < all.size(); ++code) {
    std::size_t size = 0;
    const auto append = [&](std::string_view text) {
      for (const char c : text) all[code][size++] = c;
    };
    const bool is_printable = code > 0x20 && code < 0x7f;
    const std::array hex{'0', 'x', digits[code / 16], digits[code % 16]};
    const std::array quoted{'\'', static_cast<char>(code), '\''};
    append(before);
    append(is_printable ? std::string_view{quoted} : std::string_view{hex});
    append(after);
  }
  return all;
}

constexpr auto complaints = make_complaints();

const char* complaint_about(char c) noexcept {
  return complaints[static_cast<unsigned char>(c)].data();
}

}  // namespace

result<> name::check() const noexcept {
  const auto refuse = [this](const char* hint) {
    return fail(condition::invalid_argument, operation, text_, hint);
  };
  if (text_.empty()) return refuse("a name has at least one character");
  if (text_.find('\0') != std::string::npos) return refuse(complaint_about('\0'));
  if (is_native_) return {};
  if (text_.size() > max_size) return refuse("a name has at most 200 bytes");
  if (const auto wrong = std::ranges::find_if_not(text_, is_allowed); wrong != text_.end()) {
    return refuse(complaint_about(*wrong));
  }
  if (!is_letter_or_digit(text_[0])) return refuse("a name begins with a letter or digit");
  return {};
}

namespace detail {
namespace {

/// A number of 128 bits, as far as FNV-1a needs it.
struct wide {
  std::uint64_t high;
  std::uint64_t low;
};

/// Times the prime 2^88 + 0x13b.
constexpr wide times_prime(wide n) noexcept {
  constexpr std::uint64_t small = 0x13b;
  const auto low_half = (n.low & 0xffffffffU) * small;
  const auto high_half = ((n.low >> 32U) * small) + (low_half >> 32U);
  return {.high = (n.high * small) + (high_half >> 32U) + (n.low << 24U),
          .low = (high_half << 32U) | (low_half & 0xffffffffU)};
}

constexpr wide fnv1a(std::string_view text) noexcept {
  wide sum{.high = 0x6c62272e07bb0142, .low = 0x62b821756295c58d};
  for (const char c : text) {
    sum.low ^= static_cast<unsigned char>(c);
    sum = times_prime(sum);
  }
  return sum;
}

}  // namespace

std::string digest(std::string_view text) {
  constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz234567";
  auto sum = fnv1a(text);
  std::string written(26, digits[0]);
  for (char& digit : written | std::views::reverse) {
    digit = digits[sum.low % 32];
    sum = {.high = sum.high >> 5U, .low = (sum.low >> 5U) | (sum.high << 59U)};
  }
  return written;
}

std::string shorten(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string{text};
  const auto end = "~" + digest(text);
  return std::string{text.substr(0, limit - end.size())} + end;
}

result<std::string> file_path(std::string_view directory, std::string_view text,
                              std::string_view kind, std::size_t limit) {
  const auto around = directory.size() + 1 + 1 + kind.size();
  if (around + least_shortened > limit) {
    return fail(condition::filename_too_long, operation, text,
                "the path of the runtime directory leaves no room for a name");
  }
  std::string path{directory};
  path.append(1, on_windows ? '\\' : '/').append(shorten(text, limit - around));
  return path.append(".").append(kind);
}

std::string pipe_path(std::string_view user, std::string_view text, std::string_view kind) {
  constexpr std::size_t limit = 256;
  auto path = std::string{R"(\\.\pipe\strait.)"}.append(user).append(".");
  path += shorten(text, limit - path.size() - 1 - kind.size());
  return path.append(".").append(kind);
}

std::string shared_object_name(std::string_view user, std::string_view text, std::string_view kind,
                               std::size_t limit) {
  auto whole = std::string{"strait-"}.append(user).append(".");
  whole.append(text).append(".").append(kind);
  return "/" + shorten(whole, limit - 1);
}

}  // namespace detail
}  // namespace strait
