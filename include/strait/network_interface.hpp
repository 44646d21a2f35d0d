// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <strait/endpoint.hpp>
#include <strait/error.hpp>

namespace strait {

/// One way to the network.
struct network_interface {
  std::string name;         ///< "eth0"; on Windows "Ethernet 2", as its user sees it.
  std::uint32_t index = 0;  ///< Its number, which is the scope of its link-local addresses.
  std::vector<ip_address> addresses = {};
  bool is_up = false;  ///< POSIX: it is switched on. Windows: and there is somebody to talk to.
  bool is_loopback = false;
  bool has_multicast = false;  ///< Linux says no for the loopback, which has it nevertheless.
};

/// The interfaces of this host, in the order of their numbers.
[[nodiscard]] STRAIT_API result<std::vector<network_interface>> network_interfaces();

/// Some interfaces, by their numbers: `{eth0.index, eth1.index}`; or all of them that are up.
///
/// It refers to the numbers: for use in place, as an argument.
class interfaces {
 public:
  /// Every one, at the time of the call.
  static const interfaces all;

  constexpr interfaces(std::span<const std::uint32_t> some) noexcept
      : some_{some}, is_all_{false} {}
  constexpr interfaces(std::initializer_list<std::uint32_t> some) noexcept
      : some_{some.begin(), some.size()}, is_all_{false} {}

  [[nodiscard]] constexpr bool is_all() const noexcept { return is_all_; }
  /// Nothing if it is all.
  [[nodiscard]] constexpr std::span<const std::uint32_t> some() const noexcept { return some_; }

 private:
  constexpr interfaces() noexcept = default;

  std::span<const std::uint32_t> some_;
  bool is_all_ = true;
};

inline constexpr interfaces interfaces::all{};

}  // namespace strait
