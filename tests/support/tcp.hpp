// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <strait/tcp.hpp>
#include <strait/throw.hpp>

#include "support/run.hpp"

namespace support {

inline constexpr strait::endpoint any_port{.address = strait::ip_address::loopback_v4(), .port = 0};

/// A listener at a port of the loopback that the system chose.
struct tcp_server {
  strait::tcp_listener listener;
  strait::endpoint at;

  explicit tcp_server(const strait::tcp_listener_options& wish = {},
                      const strait::endpoint& where = any_port)
      : listener{strait::or_throw(strait::tcp_listener::create(where, wish))},
        at{strait::or_throw(listener.local())} {}
};

/// Both ends of a connection.
struct tcp_connection {
  strait::tcp_stream client;
  strait::tcp_stream server;
};

/// Connects and accepts: nobody else may do either meanwhile.
[[nodiscard]] inline tcp_connection connect_to(tcp_server& to,
                                               const strait::tcp_options& wish = {}) {
  auto client = strait::or_throw(strait::tcp_stream::connect(to.at, soon, wish));
  return {.client = std::move(client), .server = strait::or_throw(to.listener.accept(soon))};
}

[[nodiscard]] inline tcp_connection tcp_connected(const strait::tcp_options& wish = {}) {
  tcp_server to{{.streams = wish}};
  return connect_to(to, wish);
}

}  // namespace support
