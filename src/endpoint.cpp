// SPDX-License-Identifier: MIT
#include <strait/endpoint.hpp>

#include <fmt/format.h>

namespace strait {
namespace {

std::string v4_text(std::span<const std::uint8_t> bytes) {
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

using groups = std::array<std::uint16_t, 8>;

/// The first of the longest runs of groups that are 0: RFC 5952 leaves it out, unless it is one.
struct run_of_zeros {
  std::size_t begin = groups{}.size();
  std::size_t size = 1;
};

run_of_zeros longest_run(const groups& all) noexcept {
  run_of_zeros longest;
  run_of_zeros now{.begin = 0, .size = 0};
  for (std::size_t i = 0; i < all.size(); ++i) {
    now = all[i] == 0 ? run_of_zeros{.begin = now.begin, .size = now.size + 1}
                      : run_of_zeros{.begin = i + 1, .size = 0};
    if (now.size > longest.size) longest = now;
  }
  return longest;
}

std::string v6_text(std::span<const std::uint8_t> bytes) {
  groups all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<std::uint16_t>((bytes[2 * i] << 8U) | bytes[(2 * i) + 1]);
  }
  const auto left_out = longest_run(all);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == left_out.begin) {
      text += "::";
      i += left_out.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", all[i]);
  }
  return text;
}

}  // namespace

std::string ip_address::text() const {
  if (is_v4()) return v4_text(bytes());
  auto text = is_mapped() ? "::ffff:" + v4_text(bytes().subspan(12)) : v6_text(bytes());
  if (scope_ != 0) text += fmt::format("%{}", scope_);
  return text;
}

std::string endpoint::text() const {
  const auto host = address.text();
  return address.is_v6() ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace strait
