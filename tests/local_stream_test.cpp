// SPDX-License-Identifier: MIT
#include <strait/local_stream.hpp>

#include <array>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::connected;
using support::next_text;
using support::soon;
using support::text_of;
using support::why;

static_assert(strait::readable_stream<strait::local_stream>);
static_assert(strait::writable_stream<strait::local_stream>);

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

}  // namespace

TEST_CASE("bytes come out of a stream in the order they went in, both ways", "[local]") {
  auto [client, server] = connected();

  REQUIRE(client.write(as_bytes("hello "), soon) == 6);
  REQUIRE(server.write(as_bytes("welcome "), soon) == 8);
  REQUIRE(client.write(as_bytes("server")) == 6);
  REQUIRE(server.write(as_bytes("client")) == 6);

  CHECK(next_text(server, 12) == "hello server");
  CHECK(next_text(client, 14) == "welcome client");
}

TEST_CASE("without a deadline bytes move through a stream, too", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 10> buffer{};

  REQUIRE(client.write(as_bytes("ten bytes!")) == 10);
  REQUIRE(server.read(buffer) == 10);
  CHECK(text_of(buffer) == "ten bytes!");
  REQUIRE(server.write(as_bytes("ten again!")) == 10);
  REQUIRE(client.read(buffer) == 10);
  CHECK(text_of(buffer) == "ten again!");
}

TEST_CASE("a read from a stream takes what is there and does not wait for more", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 100> buffer{};

  REQUIRE(client.write(as_bytes("some"), soon) == 4);

  CHECK(server.read(buffer) == 4);
}

TEST_CASE("a read from a stream into little memory leaves the rest", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 3> buffer{};
  REQUIRE(client.write(as_bytes("abcdefg"), soon) == 7);

  REQUIRE(server.read(buffer, soon) == 3);
  CHECK(text_of(buffer) == "abc");
  REQUIRE(server.read(buffer) == 3);
  CHECK(text_of(buffer) == "def");
  REQUIRE(server.read(buffer, 0ms) == 1);
  CHECK(text_of(buffer) == "gef");
}

TEST_CASE("the two ends of a pair are connected", "[local]") {
  auto [one, other] = or_throw(strait::local_stream::create_pair());

  CHECK(support::talk(one, other));
  REQUIRE(one.close());
  CHECK(support::rest_of(other).empty());
}

TEST_CASE("the end of a stream comes when the peer closes, and stays", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 8> buffer{};
  REQUIRE(client.write(as_bytes("bye"), soon) == 3);
  REQUIRE(client.close());

  CHECK(server.read(buffer, soon) == 3);
  for (int again = 0; again < 3; ++again) {
    CHECK(server.read(buffer) == 0);
    CHECK(server.read(buffer, 0ms) == 0);
    CHECK(server.read(buffer, soon) == 0);
  }
}

TEST_CASE("a peer that closes wakes a waiting reader with the end", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 8> buffer{};
  strait::result<std::size_t> got = 99;

  {
    const std::jthread waiting{[&, &from = server] { got = from.read(buffer, soon); }};
    REQUIRE(client.close());
  }

  CHECK(got == 0);
}

TEST_CASE("what was written is read although its writer has closed", "[local]") {
  auto [client, server] = connected();
  const auto full = support::fill(client);
  REQUIRE(client.close());

  CHECK(support::rest_of(server).size() == full);
}

TEST_CASE("a mebibyte is written and the stream closed at once, and all of it is read", "[local]") {
  auto [client, server] = connected();
  const auto sent = support::noise(mebibyte);

  const std::jthread writing{[&sent, to = std::move(client)]() mutable {
    static_cast<void>(strait::write_all(to, sent, soon));
    static_cast<void>(to.close());
  }};

  CHECK(support::same(support::rest_of(server), sent));
}

TEST_CASE("what was written is read although its writer has left much unread", "[local]") {
  auto [client, server] = connected();
  support::fill(client);
  REQUIRE(server.write(as_bytes("no interest"), soon) == 11);
  REQUIRE(server.close());

  CHECK(text_of(support::rest_of(client)) == "no interest");
  CHECK(support::rest_of(client).empty());
}

TEST_CASE("writing to a stream fails with broken_pipe when the peer has closed", "[local]") {
  auto [client, server] = connected();
  REQUIRE(server.close());

  CHECK(why(client.write(as_bytes("anyone?"))) == std::errc::broken_pipe);
  CHECK(why(client.write(as_bytes("anyone?"), 0ms)) == std::errc::broken_pipe);
  CHECK(why(client.write(as_bytes("anyone?"), soon)) == std::errc::broken_pipe);
  CHECK(why(client.finish()) == std::errc::broken_pipe);
}

TEST_CASE("a peer that closed with much unread is a broken pipe, too", "[local]") {
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    for (const bool finishes : {false, true}) {
      auto [client, server] = connected();
      REQUIRE(client.write(as_bytes("not read"), soon) == 8);
      REQUIRE(server.close());

      const auto refused = finishes ? why(client.finish())
                                    : why(client.write(as_bytes("x"), until));
      CHECK(refused == std::errc::broken_pipe);
    }
  }
}

TEST_CASE("a peer that closes wakes a waiting writer with broken_pipe", "[local]") {
  auto [client, server] = connected();
  support::fill(client);
  strait::result<> written;

  {
    const std::jthread waiting{
        [&, &to = client] { written = strait::write_all(to, support::noise(mebibyte), soon); }};
    REQUIRE(server.close());
  }

  CHECK(why(written) == std::errc::broken_pipe);
}

TEST_CASE("who has finished still gets the answer", "[local]") {
  auto [client, server] = connected();
  REQUIRE(client.write(as_bytes("the question"), soon) == 12);

  REQUIRE(client.finish());

  CHECK(text_of(support::rest_of(server)) == "the question");
  std::byte one{};
  CHECK(server.read({&one, 1}, 0ms) == 0);
  REQUIRE(server.write(as_bytes("the answer"), soon) == 10);
  REQUIRE(server.finish());
  CHECK(text_of(support::rest_of(client)) == "the answer");
}

TEST_CASE("who has finished writes no more", "[local]") {
  auto [client, server] = connected();
  REQUIRE(client.finish());

  CHECK(why(client.write(as_bytes("but"))) == std::errc::broken_pipe);
  CHECK(why(client.write(as_bytes("but"), soon)) == std::errc::broken_pipe);
  CHECK(client.finish());  // it has
  CHECK(support::rest_of(server).empty());
}

TEST_CASE("a peer that finishes wakes a waiting reader with the end", "[local]") {
  auto [client, server] = connected();
  strait::result<std::size_t> got = 99;
  std::byte one{};

  {
    const std::jthread waiting{[&, &from = server] { got = from.read({&one, 1}, soon); }};
    REQUIRE(client.finish());
  }

  CHECK(got == 0);
}

TEST_CASE("a writer of nothing does not end the stream", "[local]") {
  auto [client, server] = connected();
  std::byte one{};

  CHECK(client.write(strait::const_bytes{}) == 0);
  CHECK(client.write(strait::const_bytes{}, soon) == 0);
  CHECK(client.write(strait::const_bytes_list{}, soon) == 0);
  CHECK(server.read(strait::bytes{}) == 0);  // and does not wait, although nothing is there
  CHECK(server.read(strait::bytes{}, soon) == 0);
  CHECK(why(server.read({&one, 1}, 5ms)) == std::errc::timed_out);
  REQUIRE(client.write(as_bytes("x"), soon) == 1);
  CHECK(server.read(strait::bytes{}, 0ms) == 0);
  CHECK(server.read({&one, 1}, soon) == 1);
}

TEST_CASE("a read from a stream scatters, a write to it gathers", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 2> head{};
  std::array<std::byte, 0> nothing{};
  std::array<std::byte, 4> body{};
  const std::array<strait::bytes, 3> into{head, nothing, body};
  const std::array<strait::const_bytes, 3> from{as_bytes("he"), as_bytes(""), as_bytes("body")};

  REQUIRE(client.write(strait::const_bytes_list{from}, soon) == 6);
  const auto first = or_throw(server.read(strait::bytes_list{into}, soon));
  REQUIRE(first >= 2);
  if (first < 6)
    REQUIRE(strait::read_exactly(server, strait::bytes{body}.subspan(first - 2), soon));
  CHECK(text_of(head) == "he");
  CHECK(text_of(body) == "body");

  REQUIRE(client.write(strait::const_bytes_list{from}) == 6);
  CHECK(next_text(server, 6) == "hebody");
}

TEST_CASE("any number of pieces will do for a stream, empty ones too", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 1> one{};
  std::vector<strait::const_bytes> from(5'000);
  std::vector<strait::bytes> into(5'000);
  from.back() = as_bytes("x");
  into.back() = one;

  REQUIRE(client.write(strait::const_bytes_list{from}, soon) == 1);
  REQUIRE(server.read(strait::bytes_list{into}, soon) == 1);
  CHECK(text_of(one) == "x");
}

TEST_CASE("streams that are closed say so", "[local]") {
  auto [client, server] = connected();
  std::array<std::byte, 1> buffer{};
  REQUIRE(client.close());

  CHECK_FALSE(client);
  CHECK(why(client.read(buffer)) == std::errc::bad_file_descriptor);
  CHECK(why(client.read(buffer, soon)) == std::errc::bad_file_descriptor);
  CHECK(why(client.write(as_bytes("x"))) == std::errc::bad_file_descriptor);
  CHECK(why(client.write(as_bytes("x"), soon)) == std::errc::bad_file_descriptor);
  CHECK(why(client.finish()) == std::errc::bad_file_descriptor);
  CHECK(why(client.peer()) == std::errc::bad_file_descriptor);
  CHECK(client.close());
}

TEST_CASE("streams are moved, and moved-from means closed", "[local]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<strait::local_stream>);
  auto [client, server] = connected();

  auto moved = std::move(client);
  strait::local_stream assigned;
  assigned = std::move(server);

  CHECK(support::talk(moved, assigned));
  CHECK_FALSE(client);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK(why(server.write(as_bytes("x"))) == std::errc::bad_file_descriptor);  // NOLINT

  REQUIRE(moved.finish());
  const auto again = std::move(moved);
  CHECK(why(moved.finish()) == std::errc::bad_file_descriptor);  // NOLINT
}
