// SPDX-License-Identifier: MIT
// Ends of pipes that are released and adopted.
#include <strait/pipe.hpp>

#include <array>
#include <utility>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::soon;
using support::why;

TEST_CASE("released ends are adopted again and work as before", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 5> buffer{};
  REQUIRE(writer.write(as_bytes("left "), soon) == 5);

  auto raw_reader = reader.release();
  auto raw_writer = writer.release();
  CHECK_FALSE(reader);
  CHECK_FALSE(writer);
  auto from = or_throw(strait::pipe_reader::adopt(std::move(raw_reader)));
  auto to = or_throw(strait::pipe_writer::adopt(std::move(raw_writer)));

  CHECK(from.read(buffer, soon) == 5);
  CHECK(why(from.read(buffer, 5ms)) == std::errc::timed_out);
  CHECK(to.write(as_bytes("right"), soon) == 5);
  REQUIRE(to.close());
  CHECK(from.read(buffer, soon) == 5);
  CHECK(support::text_of(buffer) == "right");
  CHECK(from.read(buffer, soon) == 0);
}

TEST_CASE("two released ends become a duplex pipe", "[pipe]") {
  auto there = or_throw(strait::pipe::create());
  auto back = or_throw(strait::pipe::create());
  std::array<std::byte, 2> buffer{};

  auto both = or_throw(strait::duplex_pipe::adopt(there.reader.release(), back.writer.release()));

  CHECK(both.write(as_bytes("hi"), soon) == 2);
  CHECK(back.reader.read(buffer, soon) == 2);
  CHECK(there.writer.write(as_bytes("hi"), soon) == 2);
  CHECK(both.read(buffer, soon) == 2);
}

TEST_CASE("a file is no end of a pipe", "[pipe]") {
  const support::temp_directory directory;
  const auto file = directory / u8"file";
  support::make_file(file, "content");
  const auto path = support::utf8(file);

  CHECK(why(strait::pipe_reader::adopt(support::open_file(path))) == std::errc::invalid_argument);
  CHECK(why(strait::pipe_writer::adopt(support::open_file(path))) == std::errc::invalid_argument);
}

TEST_CASE("an end of a pipe has one direction", "[pipe]") {
  auto one = or_throw(strait::pipe::create());
  auto two = or_throw(strait::pipe::create());

  CHECK(why(strait::pipe_reader::adopt(one.writer.release())) == std::errc::invalid_argument);
  CHECK(why(strait::pipe_writer::adopt(one.reader.release())) == std::errc::invalid_argument);
  CHECK(why(strait::duplex_pipe::adopt(two.writer.release(), two.reader.release())) ==
        std::errc::invalid_argument);
}

TEST_CASE("what is not open cannot be adopted", "[pipe]") {
  CHECK(why(strait::pipe_reader::adopt({})) == std::errc::bad_file_descriptor);
  CHECK(why(strait::pipe_writer::adopt({})) == std::errc::bad_file_descriptor);
  CHECK(why(strait::pipe_reader::adopt(support::stale_handle())) == std::errc::bad_file_descriptor);
}

TEST_CASE("a duplicate of an end lives on by itself", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::array<std::byte, 1> buffer{};
  auto other_reader = or_throw(reader.duplicate());
  auto other_writer = or_throw(writer.duplicate());
  REQUIRE(reader.close());
  REQUIRE(writer.close());

  CHECK(other_writer.write(as_bytes("x"), soon) == 1);
  CHECK(other_reader.read(buffer, soon) == 1);
  CHECK(why(other_reader.read(buffer, 5ms)) == std::errc::timed_out);
  REQUIRE(other_reader.close());
  CHECK(why(other_writer.write(as_bytes("x"), soon)) == std::errc::broken_pipe);
}

TEST_CASE("both of two reading ends wait for the same bytes", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto other = or_throw(reader.duplicate());
  std::array<std::byte, 1> buffer{};

  REQUIRE(writer.write(as_bytes("ab"), soon) == 2);
  CHECK(reader.read(buffer, soon) == 1);
  CHECK(support::text_of(buffer) == "a");
  CHECK(other.read(buffer, soon) == 1);
  CHECK(support::text_of(buffer) == "b");
}

TEST_CASE("of a closed end there is no duplicate", "[pipe]") {
  CHECK(why(strait::pipe_reader{}.duplicate()) == std::errc::bad_file_descriptor);
  CHECK(why(strait::pipe_writer{}.duplicate()) == std::errc::bad_file_descriptor);
}
