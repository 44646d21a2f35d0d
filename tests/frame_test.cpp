// SPDX-License-Identifier: MIT
// Whole messages through a stream, and all that can go wrong with them.
#include <strait/frame.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/narrow_pipe.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::const_bytes;
using strait::or_throw;
using strait::receive_frame;
using strait::send_frame;
using support::soon;
using support::why;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

// Takes everything, so that 4 GiB can be sent through nothing.
struct abyss {
  std::uint64_t taken = 0;

  strait::result<std::size_t> write(const_bytes from, const strait::deadline& /*until*/) {
    taken += from.size();
    return from.size();
  }
};

// A pipe into which these bytes were written, and then no more.
strait::pipe_reader ended_after(std::string_view text) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  or_throw(strait::write_all(writer, as_bytes(text), soon));
  return std::move(reader);
}

// The header of a body of `size` bytes.
std::string claim(std::uint32_t size) {
  return support::text_of(strait::detail::header_of(size));
}

template <class Stream>
void check_narrow(Stream stream) {
  const auto data = support::noise(1'000);
  const std::array pieces{const_bytes{data}.first(1), const_bytes{},
                          const_bytes{data}.subspan(1, 6), const_bytes{data}.subspan(7)};
  std::vector<std::byte> body;

  REQUIRE(send_frame(stream, pieces, soon));
  REQUIRE(send_frame(stream, as_bytes("next"), soon));

  CHECK(receive_frame(stream, body, 1'000, soon) == true);
  CHECK(support::same(body, data));
  CHECK(receive_frame(stream, body, 1'000, soon) == true);
  CHECK(support::text_of(body) == "next");
}

static_assert(strait::gathering_stream<strait::pipe_writer>);
static_assert(strait::gathering_stream<strait::duplex_pipe>);
static_assert(strait::gathering_stream<support::narrow_gathering_pipe>);
static_assert(!strait::gathering_stream<support::narrow_pipe>);

}  // namespace

TEST_CASE("a frame is the length in four bytes, the lowest first, and the body", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto body = support::noise(0x0203);

  REQUIRE(send_frame(writer, as_bytes("sea"), soon));
  REQUIRE(send_frame(writer, body, soon));
  REQUIRE(writer.close());

  const auto all = support::rest_of(reader);
  REQUIRE(all.size() == 4 + 3 + 4 + body.size());
  CHECK(support::text_of(const_bytes{all}.first(7)) == std::string("\3\0\0\0sea", 7));
  CHECK(support::text_of(const_bytes{all}.subspan(7, 4)) == std::string("\3\2\0\0", 4));
  CHECK(support::same(const_bytes{all}.subspan(11), body));
}

TEST_CASE("frames of every size arrive one by one", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  constexpr std::array sizes{
      std::size_t{0},         std::size_t{1},      std::size_t{4095},    std::size_t{4096},
      std::size_t{64 * 1024}, std::size_t{65'537}, std::size_t{200'000}, mebibyte,
      3 * mebibyte,           std::size_t{1}};
  const std::jthread sending{[&sizes, to = std::move(writer)]() mutable {
    for (const auto size : sizes) {
      if (!send_frame(to, support::noise(size, size), soon)) return;
    }
  }};

  std::vector<std::byte> body;
  for (const auto size : sizes) {
    REQUIRE(receive_frame(reader, body, 3 * mebibyte, soon) == true);
    CHECK(support::same(body, support::noise(size, size)));
    CHECK(body.capacity() <= 3 * mebibyte);
  }
  CHECK(receive_frame(reader, body, 3 * mebibyte, soon) == false);
}

TEST_CASE("several pieces are the body of one frame", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto data = support::noise(10'000);
  std::vector<const_bytes> pieces;
  for (std::size_t i = 0; i < 100; ++i) {
    pieces.push_back(const_bytes{data}.subspan(i * 100, 100));
    pieces.resize(pieces.size() + (i % 3));  // and some that are empty
  }
  std::vector<std::byte> body;

  REQUIRE(send_frame(writer, pieces, soon));
  REQUIRE(send_frame(writer, strait::const_bytes_list{}, soon));

  CHECK(receive_frame(reader, body, 10'000, soon) == true);
  CHECK(support::same(body, data));
  CHECK(receive_frame(reader, body, 10'000, soon) == true);
  CHECK(body.empty());
}

TEST_CASE("a stream that moves three bytes at a time carries frames", "[frame]") {
  check_narrow(support::narrow_pipe{});
  check_narrow(support::narrow_gathering_pipe{});
}

TEST_CASE("the two sides of a duplex pipe exchange frames", "[frame]") {
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  std::vector<std::byte> body;

  REQUIRE(send_frame(here, as_bytes("ping"), soon));
  REQUIRE(receive_frame(there, body, 10, soon) == true);
  REQUIRE(send_frame(there, body, soon));
  REQUIRE(receive_frame(here, body, 10, soon) == true);
  CHECK(support::text_of(body) == "ping");
}

TEST_CASE("a vector that is kept is not allocated again", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<std::byte> body;
  body.reserve(2'000);
  const auto* const memory = body.data();
  const auto capacity = body.capacity();

  for (const std::size_t size : {2'000U, 1U, 0U, 1'999U}) {
    REQUIRE(send_frame(writer, support::noise(size), soon));
    REQUIRE(receive_frame(reader, body, 2'000, soon) == true);
    CHECK(body.size() == size);
    CHECK(body.data() == memory);
    CHECK(body.capacity() == capacity);
  }
}

TEST_CASE("small frames of several senders never mix", "[frame]") {
  constexpr std::size_t most = strait::pipe::atomic_size - strait::frame_header_size;
  constexpr std::size_t senders = 4;
  const auto rounds = support::scaled(4'000, 100);
  auto [reader, first] = or_throw(strait::pipe::create());
  std::array<std::size_t, senders> seen{};
  bool mixed = false;

  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < senders; ++i) {
      threads.emplace_back([=, to = or_throw(first.duplicate())]() mutable {
        for (std::size_t round = 0; round < rounds; ++round) {
          const std::vector<std::byte> body(1 + ((round * 7) % most), static_cast<std::byte>(i));
          if (!send_frame(to, body, round % 2 == 0 ? strait::deadline{} : soon)) return;
        }
      });
    }
    REQUIRE(first.close());
    auto from = std::move(reader);  // closed before the threads are waited for, whatever happens
    std::vector<std::byte> body;
    while (or_throw(receive_frame(from, body, most, soon))) {
      for (const auto one : body) mixed = mixed || one != body[0];
      ++seen.at(static_cast<std::size_t>(body.at(0)) % senders);
    }
  }

  CHECK_FALSE(mixed);
  for (const auto count : seen) CHECK(count == rounds);
}

TEST_CASE("the end between frames is no error", "[frame]") {
  auto reader = ended_after(claim(3) + "one");
  std::vector<std::byte> body;

  CHECK(receive_frame(reader, body, 10, soon) == true);
  CHECK(receive_frame(reader, body, 10, soon) == false);
  CHECK(body.empty());
}

TEST_CASE("the end inside a frame is broken_pipe, and what came is counted", "[frame]") {
  std::vector<std::byte> body{std::byte{'x'}};
  auto in_header = ended_after(claim(3).substr(0, 2));
  const auto header = receive_frame(in_header, body, 10, soon);
  CHECK(why(header) == std::errc::broken_pipe);
  CHECK(why(header).done == 2);
  CHECK(body.empty());

  auto before_body = ended_after(claim(3));
  CHECK(why(receive_frame(before_body, body, 10, soon)).done == 4);

  auto in_body = ended_after(claim(10) + "seven b");
  const auto received = receive_frame(in_body, body, 10, soon);
  CHECK(why(received) == std::errc::broken_pipe);
  CHECK(why(received).done == 4 + 7);
  CHECK(body.empty());
}

TEST_CASE("a claim of more than the maximum is refused before memory is taken", "[frame]") {
  std::vector<std::byte> body;
  for (const auto size : {101U, 0x1'0000U, strait::max_frame_size}) {
    auto reader = ended_after(claim(size) + "and more");
    const auto received = receive_frame(reader, body, 100, soon);
    CHECK(why(received) == std::errc::message_size);
    CHECK(why(received).done == 4);
    CHECK(body.capacity() == 0);
  }

  auto reader = ended_after(claim(100) + std::string(100, 'x'));
  CHECK(receive_frame(reader, body, 100, soon) == true);
}

TEST_CASE("who claims much and sends little costs little", "[frame]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<std::byte> body;

  REQUIRE(strait::write_all(writer, as_bytes(claim(100 * mebibyte)), soon));
  CHECK(why(receive_frame(reader, body, 100 * mebibyte, 20ms)) == std::errc::timed_out);
  CHECK(body.capacity() <= 64 * 1024);

  const std::jthread sending{[to = std::move(writer)]() mutable {
    static_cast<void>(strait::write_all(to, as_bytes(claim(100 * mebibyte)), soon));
    static_cast<void>(strait::write_all(to, support::noise(mebibyte), soon));
  }};
  const auto received = receive_frame(reader, body, 100 * mebibyte, soon);
  CHECK(why(received) == std::errc::broken_pipe);
  CHECK(why(received).done == 4 + mebibyte);
  CHECK(body.capacity() <= 2 * mebibyte);
}

TEST_CASE("a body longer than a header can say is refused before anything is written", "[frame]") {
  abyss nothing;
  const std::vector<std::byte> data(mebibyte);
  std::vector<const_bytes> pieces(4096, data);  // 4 GiB

  CHECK(why(send_frame(nothing, pieces)) == std::errc::message_size);
  CHECK(why(send_frame(nothing, pieces)).done == 0);
  CHECK(nothing.taken == 0);

  pieces.back() = const_bytes{data}.subspan(1);
  CHECK(send_frame(nothing, pieces));
  CHECK(nothing.taken == std::uint64_t{4} + strait::max_frame_size);
}
