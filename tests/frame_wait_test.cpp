// SPDX-License-Identifier: MIT
// Frames that come late, slowly, or not at all, and peers that die over them.
#include <strait/frame.hpp>

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
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
using strait::receive_frame;
using strait::send_frame;
using support::soon;
using support::why;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

// Sends back each frame that comes.
const support::role echoes{"frame.echoes", [](support::role_args) {
  auto talk = or_throw(inherited<strait::duplex_pipe>("talk"));
  std::vector<std::byte> body;
  while (or_throw(receive_frame(talk, body, mebibyte, soon))) {
    or_throw(send_frame(talk, body, soon));
  }
  return 0;
}};

// Sends one frame, begins a second one, and is killed.
const support::role dies_sending{"frame.dies_sending", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  or_throw(send_frame(to, as_bytes("whole"), soon));
  or_throw(strait::write_all(to, strait::detail::header_of(1'000), soon));
  or_throw(strait::write_all(to, as_bytes("ten bytes."), soon));
  support::kill_this_process();
  return 0;
}};

// Receives the beginning of a frame, and is killed.
const support::role dies_receiving{"frame.dies_receiving", [](support::role_args) {
  auto from = or_throw(inherited<strait::pipe_reader>("in"));
  std::vector<std::byte> some(10);
  or_throw(strait::read_exactly(from, some, soon));
  support::kill_this_process();
  return 0;
}};

void begin_frame(strait::pipe_writer& to, std::uint32_t size, std::string_view part) {
  or_throw(strait::write_all(to, strait::detail::header_of(size), soon));
  or_throw(strait::write_all(to, as_bytes(part), soon));
}

}  // namespace

TEST_CASE("no frame within the deadline is timed_out, and takes nothing", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<std::byte> body;

  const auto received = receive_frame(reader, body, 10, 20ms);
  CHECK(why(received) == std::errc::timed_out);
  CHECK(why(received).done == 0);

  REQUIRE(send_frame(writer, as_bytes("late"), soon));
  CHECK(receive_frame(reader, body, 10, soon) == true);
  CHECK(support::text_of(body) == "late");
}

TEST_CASE("a frame that is there is received without waiting", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<std::byte> body;

  CHECK(why(receive_frame(reader, body, 10, 0ms)) == std::errc::timed_out);
  REQUIRE(send_frame(writer, as_bytes("there"), 0ms));
  REQUIRE(send_frame(writer, strait::const_bytes{}, 0ms));
  CHECK(receive_frame(reader, body, 10, 0ms) == true);
  CHECK(support::text_of(body) == "there");
  CHECK(receive_frame(reader, body, 10, 0ms) == true);
  CHECK(body.empty());
}

TEST_CASE("receiving a frame tells what it had at its deadline", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<std::byte> body{std::byte{'x'}};
  begin_frame(writer, 10, "abc");

  const auto received = receive_frame(reader, body, 10, 20ms);

  CHECK(why(received) == std::errc::timed_out);
  CHECK(why(received).done == 4 + 3);
  CHECK(body.empty());
}

TEST_CASE("receiving a frame can be stopped", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<std::byte> body;
  std::stop_source source;
  strait::result<bool> received;
  begin_frame(writer, 10, "abc");

  {
    const std::jthread waiting{
        [&, &from = reader] { received = receive_frame(from, body, 10, source.get_token()); }};
    source.request_stop();
  }

  CHECK(why(received) == std::errc::operation_canceled);
  CHECK((why(received).done == 0 || why(received).done == 4 || why(received).done == 4 + 3));
}

TEST_CASE("sending a frame tells what was written at its deadline", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> much(4 * mebibyte);

  const auto sent = send_frame(writer, much, 20ms);
  REQUIRE(writer.close());

  CHECK(why(sent) == std::errc::timed_out);
  CHECK(why(sent).done > 4);
  CHECK(support::rest_of(reader).size() == why(sent).done);
}

TEST_CASE("sending a frame tells what was written when it was stopped", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> much(4 * mebibyte);
  std::stop_source source;
  strait::result<> sent;

  {
    const std::jthread waiting{[&, &to = writer] {
      sent = send_frame(to, much, source.get_token());
      static_cast<void>(to.close());
    }};
    std::byte one{};
    REQUIRE(reader.read({&one, 1}, soon) == 1);  // it has begun
    source.request_stop();
  }

  CHECK(why(sent) == std::errc::operation_canceled);
  CHECK(support::rest_of(reader).size() + 1 == why(sent).done);
}

TEST_CASE("a frame that moves in small parts is not moved beyond its deadline", "[frame]") {
  support::narrow_pipe stream;
  std::vector<std::byte> body;

  const auto sent = send_frame(stream, as_bytes("body"), 0ms);
  CHECK(why(sent) == std::errc::timed_out);
  CHECK(why(sent).done == 3);

  support::narrow_pipe other;
  REQUIRE(send_frame(other, as_bytes("body"), soon));
  const auto received = receive_frame(other, body, 10, 0ms);
  CHECK(why(received) == std::errc::timed_out);
  CHECK(why(received).done == 4 + 3);
}

TEST_CASE("a deadline bounds the whole, even if a byte comes all the time", "[frame]") {
  constexpr std::uint32_t claimed = 1U << 30U;
  auto [reader, writer] = or_throw(strait::pipe::create());
  begin_frame(writer, claimed, "");
  std::vector<std::byte> body;

  const std::jthread dripping{[to = std::move(writer)]() mutable {
    while (to.write(as_bytes("."), soon)) {
    }
  }};
  const auto begin = std::chrono::steady_clock::now();
  const auto received = receive_frame(reader, body, claimed, 100ms);
  const auto took = std::chrono::steady_clock::now() - begin;
  REQUIRE(reader.close());

  CHECK(why(received) == std::errc::timed_out);
  CHECK(why(received).done > 4);
  CHECK(took < 10s);
}

TEST_CASE("a deadline bounds the whole, even if there is always room for a little", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> much(64 * mebibyte);

  const std::jthread sipping{[from = std::move(reader)]() mutable {
    std::byte one{};
    while (from.read({&one, 1}, soon) == 1) {
    }
  }};
  const auto begin = std::chrono::steady_clock::now();
  const auto sent = send_frame(writer, much, 100ms);
  const auto took = std::chrono::steady_clock::now() - begin;
  REQUIRE(writer.close());

  CHECK(why(sent) == std::errc::timed_out);
  CHECK(took < 10s);
}

TEST_CASE("two processes exchange frames", "[frame]") {
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  auto command = echoes.command();
  command.give.emplace_back("talk", std::move(there));
  auto child = support::start(command);

  std::vector<std::byte> body;
  for (const std::size_t size : {0U, 1U, 4'095U, 65'536U, 1'048'576U}) {
    const auto sent = support::noise(size, size);
    REQUIRE(send_frame(here, sent, soon));
    REQUIRE(receive_frame(here, body, mebibyte, soon) == true);
    CHECK(support::same(body, sent));
  }

  REQUIRE(here.writer.close());
  CHECK(receive_frame(here, body, mebibyte, soon) == false);
  CHECK(support::end_of(child).success());
}

TEST_CASE("a sender that is killed in the middle of a frame is broken_pipe", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = dies_sending.command();
  command.give.emplace_back("out", std::move(writer));
  auto child = support::start(command);
  std::vector<std::byte> body;

  CHECK(receive_frame(reader, body, 1'000, soon) == true);
  CHECK(support::text_of(body) == "whole");
  const auto received = receive_frame(reader, body, 1'000, soon);

  CHECK(why(received) == std::errc::broken_pipe);
  CHECK(why(received).done == 4 + 10);
  CHECK(support::end_of(child) == support::killed_hard());
}

TEST_CASE("a receiver that is killed in the middle of a frame is broken_pipe", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = dies_receiving.command();
  command.give.emplace_back("in", std::move(reader));
  auto child = support::start(command);
  const std::vector<std::byte> much(4 * mebibyte);

  const auto sent = send_frame(writer, much, soon);

  CHECK(why(sent) == std::errc::broken_pipe);
  CHECK(why(sent).done >= 10);
  CHECK(why(sent).done < much.size());
  CHECK(support::end_of(child) == support::killed_hard());
}
