// SPDX-License-Identifier: MIT
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <thread>

#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/tcp.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/tcp.hpp"

using namespace std::chrono_literals;

using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using support::soon;
using support::tcp_connected;
using support::text_of;
using support::why;

namespace {

/// A file with this content, for as long as it lives.
class file_with {
 public:
  explicit file_with(std::string_view content) {
    support::make_file(where_ / u8"content", content);
    open_ = support::open_file(support::utf8(where_ / u8"content"));
  }
  [[nodiscard]] strait::native_handle get() const noexcept { return open_.get(); }

 private:
  support::temp_directory where_;
  strait::handle open_;
};

std::string long_text(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i % 23));
  return text;
}

// Both ways a file may go.
std::array<strait::deadline, 2> both_ways() {
  return {strait::deadline{}, strait::deadline{soon}};
}

// Sends a file to somebody who leaves meanwhile.
void loses_its_peer(const strait::deadline& until) {
  const file_with file{long_text(8'000'000)};
  auto [client, server] = tcp_connected({.linger = 0s});
  const auto fails = [&] {
    const auto sent = client.send_file(file.get(), {}, until);
    return !sent &&
           (sent.error() == condition::broken_pipe || sent.error() == condition::connection_reset);
  };
  strait::result<> left;
  {
    const std::jthread leaver{[&] { left = server.close(); }};
    CHECK(support::eventually(fails));
  }
  CHECK(left);
  CHECK(fails());
}

}  // namespace

TEST_CASE("a file goes through TCP, all of it or a part", "[tcp]") {
  const file_with file{"0123456789"};
  for (const auto& until : both_ways()) {
    auto [client, server] = tcp_connected();
    CHECK(client.send_file(file.get(), {}, until) == 10U);
    CHECK(client.send_file(file.get(), {.offset = 3, .size = 4}, until) == 4U);
    CHECK(client.send_file(file.get(), {.offset = 8, .size = 100}, until) == 2U);
    REQUIRE(client.finish());
    CHECK(text_of(support::rest_of(server)) == "0123456789345689");
    CHECK(support::beginning_of(file.get()) == "0123456789");  // its position has not moved
  }
}

TEST_CASE("of a file that has nothing there nothing is sent", "[tcp]") {
  const file_with file{"0123456789"};
  const file_with empty{""};
  constexpr auto far = std::numeric_limits<std::uint64_t>::max();
  for (const auto& until : both_ways()) {
    auto [client, server] = tcp_connected();
    CHECK(client.send_file(empty.get(), {}, until) == 0U);
    CHECK(client.send_file(file.get(), {.offset = 2, .size = 0}, until) == 0U);
    CHECK(client.send_file(file.get(), {.offset = 10}, until) == 0U);
    CHECK(client.send_file(file.get(), {.offset = far - 1, .size = 7}, until) == 0U);
    REQUIRE(client.finish());
    CHECK(support::rest_of(server).empty());
  }
}

TEST_CASE("a long file goes through TCP whole, between what is written", "[tcp]") {
  const auto text = long_text(support::scaled(std::size_t{100} * 1024 * 1024, 3'000'000));
  const file_with file{text};
  for (const auto& until : both_ways()) {
    auto [client, server] = tcp_connected();
    std::string got;
    {
      const std::jthread reader{[&] { got = text_of(support::rest_of(server)); }};
      or_throw(strait::write_all(client, as_bytes("begin "), soon));
      CHECK(client.send_file(file.get(), {}, until) == text.size());
      or_throw(strait::write_all(client, as_bytes(" end"), soon));
      REQUIRE(client.finish());
    }
    CHECK((got == "begin " + text + " end"));
  }
}

TEST_CASE("a peer that does not read ends the sending of a file at its deadline", "[tcp]") {
  const file_with file{long_text(8'000'000)};
  auto [client, server] = tcp_connected({.send_buffer = 16'384, .receive_buffer = 16'384});
  const auto gave_up = why(client.send_file(file.get(), {}, 50ms));
  CHECK(gave_up == condition::timed_out);
  REQUIRE(client.finish());
  CHECK(support::rest_of(server).size() == gave_up.done);

  std::stop_source stop;
  stop.request_stop();
  CHECK(why(client.send_file(file.get(), {}, stop.get_token())) == condition::operation_canceled);
}

TEST_CASE("a peer that goes while it gets a file is an error, and no signal", "[tcp]") {
  loses_its_peer(soon);
}

TEST_CASE("a peer that goes while the system sends it a file is an error, too", "[tcp]") {
  if (support::under_wine()) {
    return support::skip("Wine's TransmitFile may wait for ever for a peer that has reset it");
  }
  loses_its_peer({});
}

TEST_CASE("what is no file, or cannot be read, is not sent", "[tcp]") {
  auto [client, server] = tcp_connected();
  auto ends = or_throw(strait::pipe::create());
  for (const auto& until : both_ways()) {
    CHECK(why(client.send_file(ends.reader.native(), {}, until)) == condition::invalid_seek);
    CHECK(why(client.send_file(strait::no_handle, {}, until)) == condition::bad_file_descriptor);
    CHECK(why(client.send_file(support::stale_handle().release(), {}, until)) ==
          condition::bad_file_descriptor);
  }
  const file_with file{"text"};
  strait::tcp_stream closed;
  for (const auto& until : both_ways()) {
    CHECK(why(closed.send_file(file.get(), {}, until)) == condition::bad_file_descriptor);
  }
}
