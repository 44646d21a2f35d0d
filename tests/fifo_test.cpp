// SPDX-License-Identifier: MIT
#include <strait/fifo.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fifos.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::at_end;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::or_throw;
using support::claimed_fifo;
using support::next_of;
using support::soon;
using support::why;

TEST_CASE("what is written under a name is read under it", "[fifo]") {
  claimed_fifo fifo;
  auto writer = fifo.writer();

  REQUIRE(writer.write(as_bytes("over the strait"), soon) == 15);

  CHECK(next_of(fifo.reader) == "over the strait");
}

TEST_CASE("a read waits for the first writer", "[fifo]") {
  claimed_fifo fifo;
  std::array<std::byte, 8> buffer{};

  CHECK(why(fifo.reader.read(buffer, 0ms)) == std::errc::timed_out);
  CHECK(why(fifo.reader.read(buffer, 30ms)) == std::errc::timed_out);
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> has_begun = false;
    strait::result<std::size_t> got;
    {
      const std::jthread waiting{[&] {
        has_begun = true;
        got = fifo.reader.read(buffer);
      }};
      REQUIRE(support::eventually([&] { return has_begun.load(); }));
      auto writer = fifo.writer();
      REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    }
    CHECK(got == 1);
    CHECK(fifo.reader.read(buffer) == 0);
  }
}

TEST_CASE("a read waits while a writer is there and says nothing", "[fifo]") {
  claimed_fifo fifo;
  auto writer = fifo.writer();
  std::array<std::byte, 8> buffer{};

  CHECK(why(fifo.reader.read(buffer, 20ms)) == std::errc::timed_out);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(fifo.reader) == "x");
  CHECK(why(fifo.reader.read(buffer, 20ms)) == std::errc::timed_out);
}

TEST_CASE("a stop ends a read, before the first writer and after it", "[fifo]") {
  claimed_fifo fifo;
  std::array<std::byte, 8> buffer{};
  for (const bool has_writer : {false, true}) {
    const auto writer = has_writer ? fifo.writer() : fifo_writer{};
    std::stop_source source;
    strait::result<std::size_t> got;
    {
      const std::jthread waiting{[&] { got = fifo.reader.read(buffer, source.get_token()); }};
      source.request_stop();
    }
    CHECK(why(got) == std::errc::operation_canceled);
    CHECK(why(fifo.reader.read(buffer, source.get_token())) == std::errc::operation_canceled);
  }
}

TEST_CASE("a stream ends when the last writer has gone and all was read", "[fifo]") {
  claimed_fifo fifo;
  auto first = fifo.writer();
  auto last = fifo.writer();
  std::array<std::byte, 8> buffer{};
  REQUIRE(first.write(as_bytes("a"), soon) == 1);
  CHECK(next_of(fifo.reader) == "a");

  REQUIRE(first.close());
  CHECK(why(fifo.reader.read(buffer, 20ms)) == std::errc::timed_out);
  REQUIRE(last.write(as_bytes("b"), soon) == 1);
  REQUIRE(last.close());

  CHECK(next_of(fifo.reader) == "b");
  CHECK(fifo.reader.read(buffer, soon) == 0);
}

TEST_CASE("after an end the next writer begins another stream", "[fifo]") {
  claimed_fifo fifo;
  std::array<std::byte, 8> buffer{};

  for (const std::string text : {"one", "two", "three"}) {
    CHECK(why(fifo.reader.read(buffer, 10ms)) == std::errc::timed_out);
    auto writer = fifo.writer();
    REQUIRE(writer.write(as_bytes(text), soon) == text.size());
    REQUIRE(writer.close());
    CHECK(next_of(fifo.reader) == text);
    CHECK(fifo.reader.read(buffer, soon) == 0);
  }
  CHECK(why(fifo.reader.read(buffer, 10ms)) == std::errc::timed_out);
}

TEST_CASE("a stream whose writer came and went between two reads is not lost", "[fifo]") {
  claimed_fifo fifo;
  std::array<std::byte, 8> buffer{};

  for (const std::string text : {"one", "two", "three"}) {
    {
      auto writer = fifo.writer();
      REQUIRE(writer.write(as_bytes(text), soon) == text.size());
    }
    CHECK(or_throw(fifo.reader.read(buffer)) == text.size());  // without a deadline, too
    CHECK(fifo.reader.read(buffer) == 0);
  }
}

TEST_CASE("the end of a stream wakes a waiting reader", "[fifo]") {
  claimed_fifo fifo;
  std::array<std::byte, 8> buffer{};

  for (const strait::deadline& until : {strait::deadline{}, {soon}}) {
    auto writer = fifo.writer();
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    CHECK(next_of(fifo.reader) == "x");
    strait::result<std::size_t> got = 99;
    {
      const std::jthread waiting{[&] { got = fifo.reader.read(buffer, until); }};
      REQUIRE(writer.close());
    }
    CHECK(got == 0);
  }
}

TEST_CASE("a writer that leaves without a word ends the stream that it began", "[fifo]") {
  const auto name = support::unique_name();
  strait::result<fifo_reader> reader;
  std::array<std::byte, 8> buffer{};
  {
    std::atomic<bool> is_open = false;
    const std::jthread waiting{[&] {
      reader = fifo_reader::open(name, soon);
      is_open = true;
    }};
    const auto writer = or_throw(fifo_writer::open(name, soon));
    REQUIRE(support::eventually([&] { return is_open.load(); }));
  }

  REQUIRE(reader);
  CHECK(reader->read(buffer, soon) == 0);
  CHECK(why(reader->read(buffer, 10ms)) == std::errc::timed_out);
}

TEST_CASE("a reader may wait for the next writer instead of an end", "[fifo]") {
  claimed_fifo fifo{{.end = at_end::wait_for_next}};
  std::array<std::byte, 8> buffer{};
  CHECK(why(fifo.reader.read(buffer, 10ms)) == std::errc::timed_out);

  for (const std::string text : {"one", "two", "three"}) {
    {
      auto writer = fifo.writer();
      REQUIRE(writer.write(as_bytes(text), soon) == text.size());
    }
    CHECK(next_of(fifo.reader) == text);
    CHECK(why(fifo.reader.read(buffer, 10ms)) == std::errc::timed_out);
  }
}

TEST_CASE("a write fails with broken_pipe when the reader has gone", "[fifo]") {
  claimed_fifo fifo;
  auto writer = fifo.writer();
  REQUIRE(fifo.reader.close());

  CHECK(why(writer.write(as_bytes("anyone?"))) == std::errc::broken_pipe);
  CHECK(why(writer.write(as_bytes("anyone?"), 0ms)) == std::errc::broken_pipe);
  CHECK(why(writer.write(as_bytes("anyone?"), soon)) == std::errc::broken_pipe);
}

TEST_CASE("a reader that closes wakes waiting writers with broken_pipe", "[fifo]") {
  claimed_fifo fifo;
  auto timed = fifo.writer();
  auto patient = fifo.writer();
  support::fill(timed);
  support::fill(patient);
  const std::vector<std::byte> much(100'000);
  strait::result<> first;
  strait::result<> second;

  {
    const std::jthread one{[&] { first = strait::write_all(timed, much, soon); }};
    const std::jthread two{[&] { second = strait::write_all(patient, much); }};
    REQUIRE(fifo.reader.close());
  }

  CHECK(why(first) == std::errc::broken_pipe);
  CHECK(why(second) == std::errc::broken_pipe);
}

TEST_CASE("a write to a full FIFO gives up at its deadline and wrote nothing", "[fifo]") {
  claimed_fifo fifo;
  auto writer = fifo.writer();
  const auto full = support::fill(writer);
  const auto begin = std::chrono::steady_clock::now();
  const std::array<std::byte, fifo_writer::atomic_size> frame{};

  CHECK(why(writer.write(frame, 50ms)) == std::errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
  std::stop_source source;
  source.request_stop();
  CHECK(why(writer.write(frame, source.get_token())) == std::errc::operation_canceled);
  REQUIRE(writer.close());

  CHECK(support::rest_of(fifo.reader).size() == full);
}

TEST_CASE("a write without a deadline waits for room", "[fifo]") {
  claimed_fifo fifo;
  auto writer = fifo.writer();
  const auto sent = support::noise(4 * 1024 * 1024);
  strait::result<> written;
  std::vector<std::byte> got;

  {
    const std::jthread writing{[&] {
      written = strait::write_all(writer, sent);
      static_cast<void>(writer.close());
    }};
    got = support::rest_of(fifo.reader);
  }

  CHECK(written);
  CHECK(support::same(got, sent));
}

TEST_CASE("pieces are gathered by a write and scattered by a read", "[fifo]") {
  claimed_fifo fifo;
  auto writer = fifo.writer();
  const std::array<strait::const_bytes, 3> from{as_bytes("he"), as_bytes(""), as_bytes("body")};
  std::array<std::byte, 2> head{};
  std::array<std::byte, 4> body{};
  const std::array<strait::bytes, 2> into{head, body};

  REQUIRE(writer.write(strait::const_bytes_list{from}, soon) == 6);
  const auto first = or_throw(fifo.reader.read(strait::bytes_list{into}, soon));
  REQUIRE(first >= 2);
  if (first < 6) {
    REQUIRE(strait::read_exactly(fifo.reader, strait::bytes{body}.subspan(first - 2), soon));
  }

  CHECK(support::text_of(head) == "he");
  CHECK(support::text_of(body) == "body");
}

TEST_CASE("what does not fit into one read is left for the next", "[fifo]") {
  claimed_fifo fifo;
  auto writer = fifo.writer();
  std::array<std::byte, 3> buffer{};
  REQUIRE(writer.write(as_bytes("abcdef"), soon) == 6);
  REQUIRE(writer.close());

  REQUIRE(fifo.reader.read(buffer, soon) == 3);
  CHECK(support::text_of(buffer) == "abc");
  REQUIRE(fifo.reader.read(buffer, soon) == 3);
  CHECK(support::text_of(buffer) == "def");
  CHECK(fifo.reader.read(buffer, soon) == 0);
}

TEST_CASE("nothing is read into no memory from a FIFO, and it is no end", "[fifo]") {
  claimed_fifo fifo;
  CHECK(fifo.reader.read(strait::bytes{}) == 0);  // and does not wait for the first writer
  auto writer = fifo.writer();

  CHECK(writer.write(strait::const_bytes{}, soon) == 0);
  CHECK(fifo.reader.read(strait::bytes{}, soon) == 0);
  CHECK(fifo.reader.read(strait::bytes_list{}, soon) == 0);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(fifo.reader) == "x");
}
