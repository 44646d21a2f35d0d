// SPDX-License-Identifier: MIT
#include <strait/network_interface.hpp>

#include "winsock.hpp"

#include <iphlpapi.h>

#include <algorithm>
#include <cstddef>

namespace strait {
namespace {

constexpr auto operation = "list network interfaces";

// NOLINTBEGIN(cppcoreguidelines-pro-type-union-access): Windows has put them there
network_interface describe(const IP_ADAPTER_ADDRESSES& one) {
  const bool has_v4 = one.IfIndex != 0;
  network_interface made{.name = win32::narrow(one.FriendlyName),
                         .index = has_v4 ? one.IfIndex : one.Ipv6IfIndex,
                         .is_up = one.OperStatus == IfOperStatusUp,
                         .is_loopback = one.IfType == IF_TYPE_SOFTWARE_LOOPBACK,
                         .has_multicast = (one.Flags & IP_ADAPTER_NO_MULTICAST) == 0};
  for (const auto* next = one.FirstUnicastAddress; next != nullptr; next = next->Next) {
    if (const auto where = detail::as_endpoint(next->Address.lpSockaddr)) {
      made.addresses.push_back(where->address);
    }
  }
  return made;
}
// NOLINTEND(cppcoreguidelines-pro-type-union-access)

}  // namespace

result<std::vector<network_interface>> network_interfaces() {
  constexpr ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST |
                          GAA_FLAG_SKIP_DNS_SERVER;
  std::vector<std::byte> room(16 * 1024);  // as much as Microsoft recommends
  for (;;) {
    auto size = static_cast<ULONG>(room.size());
    auto* const first = reinterpret_cast<IP_ADAPTER_ADDRESSES*>(room.data());
    const auto code = ::GetAdaptersAddresses(AF_UNSPEC, flags, nullptr, first, &size);
    if (code == ERROR_BUFFER_OVERFLOW && size > room.size()) {
      room.resize(size);
      continue;
    }
    std::vector<network_interface> found;
    if (code == ERROR_NO_DATA) return found;
    if (code != ERROR_SUCCESS) return fail(win32::make_error(operation, code));
    for (const auto* one = first; one != nullptr; one = one->Next) found.push_back(describe(*one));
    std::ranges::sort(found, {}, &network_interface::index);
    return found;
  }
}

}  // namespace strait
