// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <strait/resolve.hpp>

namespace strait::detail {

inline constexpr auto resolving = "resolve";

/// What the system's resolver is to be asked: the addresses of a host, or the port of a service.
struct question {
  std::string host = {};
  std::string service = {};
  resolve_options wish = {};
  bool is_numeric = false;  ///< The host is an address, and no name server is asked.

  [[nodiscard]] const std::string& subject() const noexcept {
    return host.empty() ? service : host;
  }
};

/// Asks it. See resolve for what this fails with.
result<std::vector<endpoint>> ask_resolver(const question& what, const deadline& until);

}  // namespace strait::detail
