// SPDX-License-Identifier: MIT
#include <strait/pipe.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::soon;
using support::text_of;
using support::why;

TEST_CASE("bytes come out of a pipe in the order they went in", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 10> buffer{};

  REQUIRE(writer.write(as_bytes("hello "), soon) == 6);
  REQUIRE(writer.write(as_bytes("pipe"), soon) == 4);
  REQUIRE(strait::read_exactly(reader, buffer, soon));

  CHECK(text_of(buffer) == "hello pipe");
}

TEST_CASE("without a deadline bytes move, too", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 10> buffer{};

  REQUIRE(writer.write(as_bytes("ten bytes!")) == 10);
  REQUIRE(reader.read(buffer) == 10);

  CHECK(text_of(buffer) == "ten bytes!");
}

TEST_CASE("a read takes what is there and does not wait for more", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 100> buffer{};

  REQUIRE(writer.write(as_bytes("some"), soon) == 4);

  CHECK(reader.read(buffer) == 4);
}

TEST_CASE("a read into little memory leaves the rest", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 3> buffer{};
  REQUIRE(writer.write(as_bytes("abcdef"), soon) == 6);

  REQUIRE(reader.read(buffer, soon) == 3);
  CHECK(text_of(buffer) == "abc");
  REQUIRE(reader.read(buffer, soon) == 3);
  CHECK(text_of(buffer) == "def");
}

TEST_CASE("a read waits for data that comes later", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 4> buffer{};
  strait::result<std::size_t> got;

  {
    const std::jthread waiting{[&, &from = reader] { got = from.read(buffer, soon); }};
    REQUIRE(writer.write(as_bytes("late"), soon) == 4);
  }

  REQUIRE(got == 4);
  CHECK(text_of(buffer) == "late");
}

TEST_CASE("a write waits for room that comes later", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto full = support::fill(writer);
  strait::result<> written;

  {
    const std::jthread waiting{[&, &to = writer] {
      written = strait::write_all(to, as_bytes("the rest"), soon);
      static_cast<void>(to.close());
    }};
    CHECK(support::rest_of(reader).size() == full + 8);
  }

  CHECK(written);
}

TEST_CASE("the end of the stream comes when the last writer closes", "[pipe]") {
  auto [reader, first] = or_throw(strait::pipe::create());
  auto last = or_throw(first.duplicate());
  std::array<std::byte, 8> buffer{};

  REQUIRE(first.close());
  CHECK(why(reader.read(buffer, 20ms)) == std::errc::timed_out);
  REQUIRE(last.write(as_bytes("bye"), soon) == 3);
  REQUIRE(last.close());

  CHECK(reader.read(buffer, soon) == 3);
  CHECK(reader.read(buffer, soon) == 0);
}

TEST_CASE("the end of the stream stays the end", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 8> buffer{};
  REQUIRE(writer.close());

  for (int again = 0; again < 3; ++again) {
    CHECK(reader.read(buffer) == 0);
    CHECK(reader.read(buffer, 0ms) == 0);
    CHECK(reader.read(buffer, soon) == 0);
  }
}

TEST_CASE("the end of the stream wakes a waiting reader", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 8> buffer{};
  strait::result<std::size_t> got = 99;

  {
    const std::jthread waiting{[&, &from = reader] { got = from.read(buffer, soon); }};
    REQUIRE(writer.close());
  }

  CHECK(got == 0);
}

TEST_CASE("what was written stays readable after the writer has closed", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto full = support::fill(writer);
  REQUIRE(writer.close());

  CHECK(support::rest_of(reader).size() == full);
}

TEST_CASE("writing fails with broken_pipe when nobody can read", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  REQUIRE(reader.close());

  CHECK(why(writer.write(as_bytes("anyone?"))) == std::errc::broken_pipe);
  CHECK(why(writer.write(as_bytes("anyone?"), 0ms)) == std::errc::broken_pipe);
  CHECK(why(writer.write(as_bytes("anyone?"), soon)) == std::errc::broken_pipe);
}

TEST_CASE("a reader that closes wakes a waiting writer with broken_pipe", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  support::fill(writer);
  strait::result<> written;

  {
    const std::jthread waiting{
        [&, &to = writer] { written = strait::write_all(to, as_bytes("anyone?"), soon); }};
    REQUIRE(reader.close());
  }

  CHECK(why(written) == std::errc::broken_pipe);
}

TEST_CASE("nothing is read into no memory, and nothing written from it", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());

  CHECK(writer.write(strait::const_bytes{}) == 0);
  CHECK(writer.write(strait::const_bytes{}, soon) == 0);
  CHECK(reader.read(strait::bytes{}) == 0);  // and does not wait, although the pipe is empty
  CHECK(reader.read(strait::bytes{}, soon) == 0);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(reader.read(strait::bytes{}, 0ms) == 0);
  std::byte one{};
  CHECK(reader.read({&one, 1}, soon) == 1);
}

TEST_CASE("ends that are closed say so", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};
  REQUIRE(reader.close());
  REQUIRE(writer.close());

  CHECK_FALSE(reader);
  CHECK_FALSE(writer);
  CHECK(why(reader.read(buffer)) == std::errc::bad_file_descriptor);
  CHECK(why(reader.read(buffer, soon)) == std::errc::bad_file_descriptor);
  CHECK(why(writer.write(as_bytes("x"))) == std::errc::bad_file_descriptor);
  CHECK(why(writer.write(as_bytes("x"), soon)) == std::errc::bad_file_descriptor);
  CHECK(why(reader.capacity()) == std::errc::bad_file_descriptor);
  CHECK(why(writer.capacity()) == std::errc::bad_file_descriptor);
  CHECK(reader.close());
}

TEST_CASE("ends are moved, and moved-from means closed", "[pipe]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<strait::pipe_reader>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<strait::pipe_writer>);
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};

  auto to = std::move(writer);
  strait::pipe_reader from;
  from = std::move(reader);

  CHECK(to.write(as_bytes("x"), soon) == 1);
  CHECK(from.read(buffer, soon) == 1);
  CHECK_FALSE(reader);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK(why(writer.write(as_bytes("x"))) == std::errc::bad_file_descriptor);  // NOLINT
}

TEST_CASE("a read scatters over several pieces of memory", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 2> head{};
  std::array<std::byte, 0> nothing{};
  std::array<std::byte, 4> body{};
  const std::array<strait::bytes, 3> pieces{head, nothing, body};
  REQUIRE(writer.write(as_bytes("hebody"), soon) == 6);

  const auto first = or_throw(reader.read(strait::bytes_list{pieces}, soon));
  REQUIRE(first >= 2);
  if (first < 6)
    REQUIRE(strait::read_exactly(reader, strait::bytes{body}.subspan(first - 2), soon));

  CHECK(text_of(head) == "he");
  CHECK(text_of(body) == "body");
}

TEST_CASE("a write gathers several pieces of memory", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::array<strait::const_bytes, 3> pieces{as_bytes("head,"), as_bytes(""),
                                                  as_bytes("body")};
  std::array<std::byte, 9> buffer{};

  REQUIRE(writer.write(strait::const_bytes_list{pieces}, soon) == 9);
  REQUIRE(writer.write(strait::const_bytes_list{pieces}) == 9);
  for (int again = 0; again < 2; ++again) {
    REQUIRE(strait::read_exactly(reader, buffer, soon));
    CHECK(text_of(buffer) == "head,body");
  }
}

TEST_CASE("any number of pieces will do, empty ones too", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> one{};
  std::vector<strait::const_bytes> from(5'000);
  std::vector<strait::bytes> into(5'000);
  from.back() = as_bytes("x");
  into.back() = one;

  REQUIRE(writer.write(strait::const_bytes_list{from}, soon) == 1);
  REQUIRE(reader.read(strait::bytes_list{into}, soon) == 1);
  CHECK(text_of(one) == "x");
  CHECK(writer.write(strait::const_bytes_list{}, soon) == 0);
  CHECK(reader.read(strait::bytes_list{}, soon) == 0);
}

TEST_CASE("a pipe holds as much as it says", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto promised = or_throw(reader.capacity());

  CHECK(promised >= strait::pipe::atomic_size);
  CHECK(writer.capacity() == promised);
  CHECK(support::fill(writer) >= promised);
}

TEST_CASE("a wish for capacity is heard", "[pipe]") {
  constexpr std::size_t wish = 256 * 1024;
  auto [reader, writer] = or_throw(strait::pipe::create({.capacity = wish}));
  const auto became = or_throw(writer.capacity());

  CHECK(support::fill(writer) >= became);
  CHECK(became >= 64 * 1024);  // what systems that choose by themselves give
}

TEST_CASE("a wish for an absurd capacity is no failure", "[pipe]") {
  auto small = or_throw(strait::pipe::create({.capacity = 1}));
  REQUIRE(small.writer.write(as_bytes("x"), soon) == 1);
  CHECK(or_throw(small.reader.capacity()) >= strait::pipe::atomic_size);

  auto huge = or_throw(strait::pipe::create({.capacity = static_cast<std::size_t>(-1)}));
  REQUIRE(huge.writer.write(as_bytes("x"), soon) == 1);
}
