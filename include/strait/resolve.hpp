// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <strait/deadline.hpp>
#include <strait/endpoint.hpp>
#include <strait/error.hpp>

namespace strait {

struct resolve_options {
  bool v4 = true;
  bool v6 = true;
  /// Without a host: every address of this one, to listen on, and not the loopback, to connect to.
  bool to_listen = false;
};

/// Every endpoint of a service, in the order in which they should be tried.
///
///     for (const auto& where : or_throw(resolve("example.org", "https", 5s))) ...
///
/// `host` is a name, an address, an IPv6 address with the name of its interface ("fe80::1%eth0"),
/// or nothing for this host. `service` is a port or the name of a service of TCP that
/// the system knows.
///
/// Numbers are read here, and nobody is asked. Asking cannot be ended on every system: at the
/// deadline this returns, and the answer, when it comes, is thrown away.
/// Fails with unknown_host; resource_unavailable_try_again if no name server answered;
/// invalid_argument for an unknown service, for none, a zero in a name, or if neither family is
/// wanted;
/// address_family_not_supported if a numeric address is of the family that is not;
/// timed_out, operation_canceled. `error::hint` has what the resolver itself says.
[[nodiscard]] STRAIT_API result<std::vector<endpoint>> resolve(std::string_view host,
                                                               std::string_view service,
                                                               const deadline& until = {},
                                                               const resolve_options& wish = {});

}  // namespace strait
