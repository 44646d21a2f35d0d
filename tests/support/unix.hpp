// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <iterator>
#include <string>
#include <utility>

#include <strait/process.hpp>
#include <strait/throw.hpp>
#include <strait/unix_socket.hpp>

#include "support/run.hpp"

namespace support {

/// Whether this system has no Unix domain sockets; skips the test then.
[[nodiscard]] inline bool lacks_unix_sockets() {
  if (!under_wine()) return false;
  skip("Wine 8 has no AF_UNIX");
  return true;
}

/// The path of a socket in a directory of its own.
struct unix_place {
  temp_directory directory;
  std::string path = utf8(directory / u8"program.sock");

  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator all{directory.path()};
    return static_cast<std::size_t>(std::distance(all, {}));
  }
};

/// Both ends of a connection.
struct unix_connection {
  strait::unix_stream client;
  strait::unix_stream server;
};

/// Connects and accepts: nobody else may do either meanwhile.
[[nodiscard]] inline unix_connection connect_to(strait::unix_listener& listener,
                                                const strait::unix_address& at) {
  auto client = strait::or_throw(strait::unix_stream::connect(at, soon));
  return {.client = std::move(client), .server = strait::or_throw(listener.accept(soon))};
}

/// The same with a listener that is gone afterwards.
[[nodiscard]] inline unix_connection unix_connected() {
  const unix_place here;
  auto listener = strait::or_throw(strait::unix_listener::create(here.path));
  return connect_to(listener, here.path);
}

/// `c`, whose standard input and output are pipes of this test.
[[nodiscard]] inline strait::command with_pipes(strait::command c) {
  c.input = strait::redirect::pipe();
  c.output = strait::redirect::pipe();
  return c;
}

}  // namespace support
