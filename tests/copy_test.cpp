// SPDX-License-Identifier: MIT
// Everything from one stream into another.
#include <array>
#include <chrono>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/narrow_pipe.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::inherited;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

// Copies "in" to "out".
const support::role copies{"copy.copies", [](support::role_args) {
  auto from = or_throw(inherited<strait::pipe_reader>("in"));
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  or_throw(strait::copy(from, to, soon));
  return 0;
}};

// Writes 1 MiB and is killed.
const support::role writes_and_dies{"copy.writes_and_dies", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  or_throw(strait::write_all(to, support::noise(mebibyte), soon));
  support::kill_this_process();
  return 0;
}};

// Writes without an end, until nobody reads any more.
std::jthread flood(strait::pipe_writer to) {
  return std::jthread{[to = std::move(to)]() mutable {
    const auto piece = support::noise(10'000);
    while (strait::write_all(to, piece, soon)) {
    }
  }};
}

}  // namespace

TEST_CASE("a copy goes on to the end, and tells how much it was", "[copy]") {
  constexpr std::array sizes{std::size_t{0},      std::size_t{1}, std::size_t{4095},
                             std::size_t{65'536}, mebibyte,       8 * mebibyte};
  for (const auto size : sizes) {
    auto from = or_throw(strait::pipe::create());
    auto to = or_throw(strait::pipe::create());
    const auto data = support::noise(size);
    strait::result<std::uint64_t> copied;
    std::vector<std::byte> got;

    {
      const std::jthread writing{[&] {
        static_cast<void>(strait::write_all(from.writer, data, soon));
        static_cast<void>(from.writer.close());
      }};
      const std::jthread copying{[&] {
        copied = strait::copy(from.reader, to.writer, soon);
        static_cast<void>(to.writer.close());
      }};
      got = support::rest_of(to.reader);
    }

    CHECK(copied == size);
    CHECK(support::same(got, data));
  }
}

TEST_CASE("after a copy more can be written", "[copy]") {
  auto to = or_throw(strait::pipe::create());
  for (const auto* part : {"one", "two"}) {
    auto from = or_throw(strait::pipe::create());
    REQUIRE(strait::write_all(from.writer, as_bytes(part), soon));
    REQUIRE(from.writer.close());
    CHECK(strait::copy(from.reader, to.writer, soon) == 3U);
  }
  REQUIRE(to.writer.close());

  CHECK(support::text_of(support::rest_of(to.reader)) == "onetwo");
}

TEST_CASE("a copy that waits for data tells what it had written at its deadline", "[copy]") {
  auto from = or_throw(strait::pipe::create());
  auto to = or_throw(strait::pipe::create());
  REQUIRE(strait::write_all(from.writer, as_bytes("some"), soon));

  const auto copied = strait::copy(from.reader, to.writer, 20ms);
  REQUIRE(to.writer.close());

  CHECK(why(copied) == std::errc::timed_out);
  CHECK(why(copied).done == 4);
  CHECK(support::text_of(support::rest_of(to.reader)) == "some");
}

TEST_CASE("a copy that waits for room tells what it had written at its deadline", "[copy]") {
  auto from = or_throw(strait::pipe::create());
  auto to = or_throw(strait::pipe::create());
  const auto flooding = flood(std::move(from.writer));

  const auto copied = strait::copy(from.reader, to.writer, 50ms);
  REQUIRE(from.reader.close());
  REQUIRE(to.writer.close());

  CHECK(why(copied) == std::errc::timed_out);
  CHECK(why(copied).done > 0);
  CHECK(support::rest_of(to.reader).size() == why(copied).done);
}

TEST_CASE("a copy in small parts does not go on beyond its deadline", "[copy]") {
  support::narrow_pipe from;
  auto to = or_throw(strait::pipe::create());
  REQUIRE(strait::write_all(from, as_bytes("more"), soon));

  const auto copied = strait::copy(from, to.writer, 0ms);

  CHECK(why(copied) == std::errc::timed_out);
  CHECK(why(copied).done == 3);
}

TEST_CASE("a deadline bounds a copy that never has to wait", "[copy]") {
  auto from = or_throw(strait::pipe::create());
  auto to = or_throw(strait::pipe::create());
  const auto flooding = flood(std::move(from.writer));
  const std::jthread draining{
      [reader = std::move(to.reader)]() mutable { static_cast<void>(support::rest_of(reader)); }};

  const auto begin = std::chrono::steady_clock::now();
  const auto copied = strait::copy(from.reader, to.writer, 100ms);
  const auto took = std::chrono::steady_clock::now() - begin;
  REQUIRE(from.reader.close());
  REQUIRE(to.writer.close());

  CHECK(why(copied) == std::errc::timed_out);
  CHECK(took < 10s);
}

TEST_CASE("a copy can be stopped", "[copy]") {
  auto from = or_throw(strait::pipe::create());
  auto to = or_throw(strait::pipe::create());
  REQUIRE(strait::write_all(from.writer, as_bytes("x"), soon));
  std::stop_source source;
  strait::result<std::uint64_t> copied;

  {
    const std::jthread copying{
        [&] { copied = strait::copy(from.reader, to.writer, source.get_token()); }};
    std::byte one{};
    REQUIRE(to.reader.read({&one, 1}, soon) == 1);
    source.request_stop();
  }

  CHECK(why(copied) == std::errc::operation_canceled);
  CHECK(why(copied).done == 1);
}

TEST_CASE("a copy to where nobody reads any more is broken_pipe", "[copy]") {
  auto from = or_throw(strait::pipe::create());
  auto to = or_throw(strait::pipe::create());
  REQUIRE(strait::write_all(from.writer, as_bytes("x"), soon));
  REQUIRE(to.reader.close());

  const auto copied = strait::copy(from.reader, to.writer, soon);

  CHECK(why(copied) == std::errc::broken_pipe);
  CHECK(why(copied).done == 0);
}

TEST_CASE("a process copies what another one wrote before it was killed", "[copy]") {
  auto first = or_throw(strait::pipe::create());
  auto second = or_throw(strait::pipe::create());
  auto writing = writes_and_dies.command();
  writing.give.emplace_back("out", std::move(first.writer));
  auto copying = copies.command();
  copying.give.emplace_back("in", std::move(first.reader));
  copying.give.emplace_back("out", std::move(second.writer));
  auto writer = support::start(writing);
  auto copier = support::start(copying);

  CHECK(support::same(support::rest_of(second.reader), support::noise(mebibyte)));
  CHECK(support::end_of(writer) == support::killed_hard());
  CHECK(support::end_of(copier).success());
}
