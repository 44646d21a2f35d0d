// SPDX-License-Identifier: MIT
#include <strait/resolve.hpp>

#include <algorithm>
#include <optional>

#include "resolver.hpp"
#include "try.hpp"

namespace strait {
namespace {

using detail::resolving;

/// Every name of a service has a letter (RFC 6335). What has none could only be a number, and some
/// systems read "+1" as one.
bool has_letter(std::string_view text) noexcept {
  return std::ranges::any_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

/// Services do not depend on hosts.
result<std::uint16_t> port_of(std::string_view service, const deadline& until) {
  if (const auto port = detail::read_number<std::uint16_t>(service)) return *port;
  if (!has_letter(service)) {
    return fail(condition::invalid_argument, resolving, service, "a port is 0 to 65535");
  }
  STRAIT_TRY(const auto found, detail::ask_resolver({.service = std::string{service}}, until));
  return found.front().port;
}

/// What is known without asking: every address for nothing, and what is an address already.
std::optional<std::vector<endpoint>> known_addresses(std::string_view host, bool to_listen) {
  if (host.empty()) {
    // IPv6 first: who listens there may serve IPv4 as well.
    const auto v6 = to_listen ? ip_address::any_v6() : ip_address::loopback_v6();
    const auto v4 = to_listen ? ip_address::any_v4() : ip_address::loopback_v4();
    return std::vector{endpoint{.address = v6}, endpoint{.address = v4}};
  }
  if (const auto address = ip_address::parse(host))
    return std::vector{endpoint{.address = *address}};
  return std::nullopt;
}

result<std::vector<endpoint>> addresses_of(std::string_view host, const deadline& until,
                                           const resolve_options& wish) {
  if (const auto known = known_addresses(host, wish.to_listen)) return *known;
  // A name has no colon, so what has one is an address with something that the system alone knows.
  const bool is_numeric = host.find(':') != std::string_view::npos;
  return detail::ask_resolver({.host = std::string{host}, .wish = wish, .is_numeric = is_numeric},
                              until);
}

}  // namespace

result<std::vector<endpoint>> resolve(std::string_view host, std::string_view service,
                                      const deadline& until, const resolve_options& wish) {
  if (!wish.v4 && !wish.v6) {
    return fail(condition::invalid_argument, resolving, host, "IPv4, IPv6 or both");
  }
  if (host.find('\0') != std::string_view::npos) {
    return fail(condition::invalid_argument, resolving, host, "there is a zero in the name");
  }
  if (until.stop_requested()) return fail(condition::operation_canceled, resolving, host);
  STRAIT_TRY(const auto port, port_of(service, until));
  STRAIT_TRY(auto all, addresses_of(host, until, wish));
  std::erase_if(all,
                [&wish](const endpoint& one) { return one.address.is_v4() ? !wish.v4 : !wish.v6; });
  if (all.empty()) {
    return fail(condition::address_family_not_supported, resolving, host,
                "it is an address of the family that is not wanted");
  }
  for (auto& one : all) one.port = port;
  return all;
}

}  // namespace strait
