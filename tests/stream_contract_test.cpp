// SPDX-License-Identifier: MIT
// What every kind of stream keeps: bytes, their end, pieces.
#include "support/kinds.hpp"

#include <array>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch_templates.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::connected;
using support::local_kind;
using support::next_text;
using support::soon;
using support::tcp_kind;
using support::text_of;
using support::unix_kind;
using support::why;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

}  // namespace

TEMPLATE_TEST_CASE("bytes come out of a stream in the order they went in, both ways", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();

  REQUIRE(client.write(as_bytes("hello "), soon) == 6);
  REQUIRE(server.write(as_bytes("welcome "), soon) == 8);
  REQUIRE(client.write(as_bytes("server")) == 6);
  REQUIRE(server.write(as_bytes("client")) == 6);

  CHECK(next_text(server, 12) == "hello server");
  CHECK(next_text(client, 14) == "welcome client");
}

TEMPLATE_TEST_CASE("without a deadline bytes move through a stream, too", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 10> buffer{};

  REQUIRE(client.write(as_bytes("ten bytes!")) == 10);
  REQUIRE(server.read(buffer) == 10);
  CHECK(text_of(buffer) == "ten bytes!");
  REQUIRE(server.write(as_bytes("ten again!")) == 10);
  REQUIRE(client.read(buffer) == 10);
  CHECK(text_of(buffer) == "ten again!");
}

TEMPLATE_TEST_CASE("a read from a stream takes what is there and does not wait for more",
                   "[stream]", local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 100> buffer{};

  REQUIRE(client.write(as_bytes("some"), soon) == 4);

  CHECK(server.read(buffer) == 4);
}

TEMPLATE_TEST_CASE("a read from a stream into little memory leaves the rest", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 3> buffer{};
  REQUIRE(client.write(as_bytes("abcdefg"), soon) == 7);

  REQUIRE(server.read(buffer, soon) == 3);
  CHECK(text_of(buffer) == "abc");
  REQUIRE(server.read(buffer) == 3);
  CHECK(text_of(buffer) == "def");
  REQUIRE(server.read(buffer, 0ms) == 1);
  CHECK(text_of(buffer) == "gef");
}

TEMPLATE_TEST_CASE("the end of a stream comes when the peer closes, and stays", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
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

TEMPLATE_TEST_CASE("a peer that closes wakes a waiting reader with the end", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 8> buffer{};
  strait::result<std::size_t> got = 99;

  {
    const std::jthread waiting{[&, &from = server] { got = from.read(buffer, soon); }};
    REQUIRE(client.close());
  }

  CHECK(got == 0);
}

TEMPLATE_TEST_CASE("what was written is read although its writer has closed", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  const auto full = support::fill_up(client);
  REQUIRE(client.close());

  CHECK(support::rest_of(server).size() == full);
}

TEMPLATE_TEST_CASE("a mebibyte is written and the stream closed at once, and all of it is read",
                   "[stream]", local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  const auto sent = support::noise(mebibyte);

  const std::jthread writing{[&sent, to = std::move(client)]() mutable {
    static_cast<void>(strait::write_all(to, sent, soon));
    static_cast<void>(to.close());
  }};

  CHECK(support::same(support::rest_of(server), sent));
}

TEMPLATE_TEST_CASE("a peer that closes wakes a waiting writer of a stream", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  support::fill_up(client);
  strait::result<> written;

  {
    const std::jthread waiting{
        [&, &to = client] { written = strait::write_all(to, support::noise(mebibyte), soon); }};
    REQUIRE(server.close());
  }

  CHECK(support::is_gone(why(written)));
}

TEMPLATE_TEST_CASE("who has finished still gets the answer", "[stream]", local_kind, tcp_kind,
                   unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  REQUIRE(client.write(as_bytes("the question"), soon) == 12);

  REQUIRE(client.finish());

  CHECK(text_of(support::rest_of(server)) == "the question");
  std::byte one{};
  CHECK(server.read({&one, 1}, 0ms) == 0);
  REQUIRE(server.write(as_bytes("the answer"), soon) == 10);
  REQUIRE(server.finish());
  CHECK(text_of(support::rest_of(client)) == "the answer");
}

TEMPLATE_TEST_CASE("who has finished writes no more", "[stream]", local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  REQUIRE(client.finish());

  CHECK(why(client.write(as_bytes("but"))) == std::errc::broken_pipe);
  CHECK(why(client.write(as_bytes("but"), soon)) == std::errc::broken_pipe);
  CHECK(client.finish());  // it has
  CHECK(support::rest_of(server).empty());
}

TEMPLATE_TEST_CASE("a peer that finishes wakes a waiting reader with the end", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  strait::result<std::size_t> got = 99;
  std::byte one{};

  {
    const std::jthread waiting{[&, &from = server] { got = from.read({&one, 1}, soon); }};
    REQUIRE(client.finish());
  }

  CHECK(got == 0);
}

TEMPLATE_TEST_CASE("a writer of nothing does not end the stream", "[stream]", local_kind, tcp_kind,
                   unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
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

TEMPLATE_TEST_CASE("a read from a stream scatters, a write to it gathers", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
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

TEMPLATE_TEST_CASE("any number of pieces will do for a stream, empty ones too", "[stream]",
                   local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 1> one{};
  std::vector<strait::const_bytes> from(5'000);
  std::vector<strait::bytes> into(5'000);
  from.back() = as_bytes("x");
  into.back() = one;

  REQUIRE(client.write(strait::const_bytes_list{from}, soon) == 1);
  REQUIRE(server.read(strait::bytes_list{into}, soon) == 1);
  CHECK(text_of(one) == "x");
}

TEMPLATE_TEST_CASE("streams that are closed say so", "[stream]", local_kind, tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  auto [client, server] = connected<TestType>();
  std::array<std::byte, 1> buffer{};
  REQUIRE(client.close());

  CHECK_FALSE(client);
  CHECK(why(client.read(buffer)) == std::errc::bad_file_descriptor);
  CHECK(why(client.read(buffer, soon)) == std::errc::bad_file_descriptor);
  CHECK(why(client.write(as_bytes("x"))) == std::errc::bad_file_descriptor);
  CHECK(why(client.write(as_bytes("x"), soon)) == std::errc::bad_file_descriptor);
  CHECK(why(client.finish()) == std::errc::bad_file_descriptor);
  CHECK(client.close());
}

TEMPLATE_TEST_CASE("streams are moved, and moved-from means closed", "[stream]", local_kind,
                   tcp_kind, unix_kind) {
  if (!TestType::is_here()) return support::skip(TestType::why_not);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<typename TestType::stream>);
  auto [client, server] = connected<TestType>();

  auto moved = std::move(client);
  typename TestType::stream assigned;
  assigned = std::move(server);

  CHECK(support::talk(moved, assigned));
  CHECK_FALSE(client);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK(why(server.write(as_bytes("x"))) == std::errc::bad_file_descriptor);  // NOLINT

  REQUIRE(moved.finish());
  const auto again = std::move(moved);
  CHECK(why(moved.finish()) == std::errc::bad_file_descriptor);  // NOLINT
}
