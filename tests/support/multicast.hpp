// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>

#include <strait/multicast.hpp>
#include <strait/throw.hpp>

#include "support/run.hpp"

namespace support {

/// A group that no other test uses, of those that stay within an organisation. `which` tells those
/// of one test apart.
[[nodiscard]] inline strait::ip_address group_v4(std::string_view name, std::uint8_t which = 0) {
  const auto hash = std::hash<std::string_view>{}(name);
  return strait::ip_address::v4({239, 255, static_cast<std::uint8_t>(hash), which});
}

/// One that stays on its link.
[[nodiscard]] inline strait::ip_address group_v6(std::string_view name, std::uint8_t which = 0) {
  strait::ip_address::v6_bytes raw{0xFF, 0x12};
  raw[13] = 0x99;
  raw[14] = static_cast<std::uint8_t>(std::hash<std::string_view>{}(name));
  raw[15] = which;
  return strait::ip_address::v6(raw);
}

[[nodiscard]] inline strait::network_interface loopback_interface() {
  const auto all = strait::or_throw(strait::network_interfaces());
  const auto found = std::ranges::find_if(all, &strait::network_interface::is_loopback);
  return found != all.end() ? *found : strait::network_interface{};
}

}  // namespace support
