// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <utility>

#include <strait/throw.hpp>
#include <strait/udp.hpp>

#include "support/run.hpp"
#include "support/tcp.hpp"

namespace support {

/// A socket at a port of the loopback that the system chose.
struct udp_place {
  strait::udp_socket socket;
  strait::endpoint at;

  explicit udp_place(const strait::udp_options& wish = {}, const strait::endpoint& where = any_port)
      : socket{strait::or_throw(strait::udp_socket::create(where, wish))},
        at{strait::or_throw(socket.local())} {}
};

/// The next message.
template <class Socket>
[[nodiscard]] std::string next_message(Socket& from, const strait::deadline& until = soon) {
  std::array<std::byte, 2048> into{};
  const auto got = strait::or_throw(from.receive_from(into, until));
  return std::string{strait::as_text(strait::const_bytes{into}.first(got.size))};
}

/// Where nobody receives.
[[nodiscard]] inline strait::endpoint nowhere() {
  return udp_place{}.at;
}

}  // namespace support
