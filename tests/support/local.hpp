// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <strait/local_stream.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/pipes.hpp"
#include "support/run.hpp"

namespace support {

/// Both ends of a connection that was made by name.
struct connection {
  strait::local_stream client;
  strait::local_stream server;
};

/// Connects to the listener and accepts: nobody else may do either meanwhile.
[[nodiscard]] inline connection connect_to(strait::local_listener& listener,
                                           const strait::name& name) {
  auto client = strait::or_throw(strait::local_stream::connect(name, soon));
  return {.client = std::move(client), .server = strait::or_throw(listener.accept(soon))};
}

/// The same with a listener that is gone afterwards.
[[nodiscard]] inline connection connected() {
  const auto name = unique_name();
  auto listener = strait::or_throw(strait::local_listener::create(name));
  return connect_to(listener, name);
}

/// The next `size` bytes.
template <class Stream>
[[nodiscard]] std::string next_text(Stream& from, std::size_t size) {
  std::string text(size, '?');
  strait::or_throw(strait::read_exactly(from, std::as_writable_bytes(std::span{text}), soon));
  return text;
}

/// Whether bytes come through in both directions.
template <class Stream>
[[nodiscard]] bool talk(Stream& one, Stream& other) {
  strait::or_throw(strait::write_all(one, strait::as_bytes("over"), soon));
  strait::or_throw(strait::write_all(other, strait::as_bytes("and back"), soon));
  return next_text(other, 4) == "over" && next_text(one, 8) == "and back";
}

}  // namespace support
