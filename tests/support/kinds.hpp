// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <strait/local_stream.hpp>
#include <strait/stream.hpp>
#include <strait/tcp.hpp>
#include <strait/throw.hpp>
#include <strait/unix_socket.hpp>

#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/unix.hpp"

// Every kind of stream keeps one contract: tests of it are written once, for a kind that listens at
// a place of its own.
namespace support {

class local_kind {
 public:
  using stream = strait::local_stream;
  using listener_type = strait::local_listener;

  explicit local_kind(std::uint32_t backlog = 64)
      : listener{strait::or_throw(listener_type::create(name_, {.backlog = backlog}))} {}

  [[nodiscard]] strait::result<stream> connect(const strait::deadline& until = {}) const {
    return stream::connect(name_, until);
  }

  static bool is_here() { return true; }
  static constexpr auto why_not = "";
  static constexpr bool shows_room = !strait::on_windows;  // Wine does not tell how much there is

 private:
  std::string name_ = unique_name();

 public:
  listener_type listener;
};

class tcp_kind {
 public:
  using stream = strait::tcp_stream;
  using listener_type = strait::tcp_listener;

  explicit tcp_kind(std::uint32_t backlog = 64)
      : listener{strait::or_throw(
            listener_type::create({.address = strait::ip_address::loopback_v4()},
                                  {.backlog = backlog, .streams = small}))},
        at_{strait::or_throw(listener.local())} {}

  [[nodiscard]] strait::result<stream> connect(const strait::deadline& until = {}) const {
    return stream::connect(at_, until, small);
  }

  static bool is_here() { return true; }
  static constexpr auto why_not = "";
  static constexpr bool shows_room = true;

 private:
  /// Else the system makes room for many megabytes, little by little.
  static constexpr strait::tcp_options small{.send_buffer = 32'768, .receive_buffer = 32'768};

 public:
  listener_type listener;

 private:
  strait::endpoint at_;
};

class unix_kind {
 public:
  using stream = strait::unix_stream;
  using listener_type = strait::unix_listener;

  explicit unix_kind(std::uint32_t backlog = 64)
      : listener{strait::or_throw(listener_type::create(at_.path, {.backlog = backlog}))} {}

  [[nodiscard]] strait::result<stream> connect(const strait::deadline& until = {}) const {
    return stream::connect(at_.path, until);
  }

  static bool is_here() { return !under_wine(); }
  static constexpr auto why_not = "Wine 8 has no AF_UNIX";
  static constexpr bool shows_room = true;

 private:
  unix_place at_;

 public:
  listener_type listener;
};

/// Both ends of a connection.
template <class Kind>
struct ends {
  typename Kind::stream client;
  typename Kind::stream server;
};

/// Connects and accepts: nobody else may do either meanwhile.
template <class Kind>
[[nodiscard]] ends<Kind> meet(Kind& at) {
  auto client = strait::or_throw(at.connect(soon));
  return {.client = std::move(client), .server = strait::or_throw(at.listener.accept(soon))};
}

/// The same with a listener that is gone afterwards.
template <class Kind>
[[nodiscard]] ends<Kind> connected() {
  Kind at;
  return meet(at);
}

/// Writes as much as fits. What TCP has taken moves on by itself for a while, and makes room again.
template <class Stream>
std::size_t fill_up(Stream& to) {
  using namespace std::chrono_literals;
  auto total = fill(to);
  if constexpr (std::is_same_v<Stream, strait::tcp_stream>) {
    const std::byte one{};
    while (to.write({&one, 1}, 300ms)) total += 1 + fill(to);
  }
  return total;
}

/// What a stream says whose peer has closed: which of them depends on the moment, but for those of
/// one machine.
[[nodiscard]] inline bool is_gone(const strait::error& why) {
  return why == strait::condition::broken_pipe || why == strait::condition::connection_reset;
}

}  // namespace support
