// SPDX-License-Identifier: MIT
#include <strait/network_interface.hpp>

#include <ifaddrs.h>
#include <net/if.h>
#include <algorithm>
#include <memory>

#include "socket.hpp"

namespace strait {
namespace {

constexpr auto operation = "list network interfaces";

/// Linux may give an address of an interface a label of its own, "eth0:1".
std::string name_of(const ifaddrs& one) {
  const std::string_view label{one.ifa_name};
  return std::string{label.substr(0, label.find(':'))};
}

network_interface describe(const ifaddrs& one) {
  const auto has = [&one](unsigned flag) { return (one.ifa_flags & flag) != 0; };
  return {.name = name_of(one),
          .index = ::if_nametoindex(name_of(one).c_str()),
          .is_up = has(IFF_UP),
          .is_loopback = has(IFF_LOOPBACK),
          .has_multicast = has(IFF_MULTICAST)};
}

}  // namespace

result<std::vector<network_interface>> network_interfaces() {
  ifaddrs* raw = nullptr;
  STRAIT_CHECK(posix::retry(operation, [&] { return ::getifaddrs(&raw); }));
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all{raw, ::freeifaddrs};
  // Each address is an entry of its own, and so is each interface.
  std::vector<network_interface> found;
  for (const auto* one = raw; one != nullptr; one = one->ifa_next) {
    auto place = std::ranges::find(found, name_of(*one), &network_interface::name);
    if (place == found.end()) place = found.insert(found.end(), describe(*one));
    if (one->ifa_addr == nullptr) continue;
    if (const auto where = detail::as_endpoint(one->ifa_addr)) {
      place->addresses.push_back(where->address);
    }
  }
  // One may have gone while it was asked about.
  std::erase_if(found, [](const network_interface& one) { return one.index == 0; });
  std::ranges::sort(found, {}, &network_interface::index);
  return found;
}

}  // namespace strait
