// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// How files are called that get their name later.
namespace strait::detail {

inline constexpr std::string_view aside_sign = "~strait-";
inline constexpr std::size_t aside_digits = 16;

/// What the names of files that are made for one called `name` begin with. Of a long name only the
/// beginning: names have at most 255 bytes.
inline std::string aside_prefix(std::string_view name) {
  constexpr std::size_t most = 200;
  if (name.size() > most) {
    auto size = most;
    while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0U) == 0x80U) --size;
    name = name.substr(0, size);
  }
  return std::string{name} += aside_sign;
}

inline std::string aside_name(std::string_view name, std::uint64_t random) {
  constexpr std::string_view digits = "0123456789abcdef";
  auto made = aside_prefix(name);
  for (std::size_t i = 0; i < aside_digits; ++i, random >>= 4U) made += digits[random & 15U];
  return made;
}

/// Whether a file of this name can only be one of those.
inline bool is_aside_name(std::string_view found, std::string_view prefix) noexcept {
  return found.size() == prefix.size() + aside_digits && found.starts_with(prefix) &&
         found.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

}  // namespace strait::detail
