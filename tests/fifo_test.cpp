// SPDX-License-Identifier: MIT
#include <strait/fifo.hpp>

#include <array>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
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
using strait::scope;
using support::soon;
using support::why;

namespace {

// A name and a reader that has claimed it.
struct claimed {
  std::string name = support::unique_name();
  fifo_reader reader;

  explicit claimed(const fifo_reader::options& wish = {})
      : reader{or_throw(fifo_reader::create(name, wish))} {}

  [[nodiscard]] fifo_writer writer() const { return or_throw(fifo_writer::open(name, soon)); }
};

// What one read brings.
std::string next_of(fifo_reader& from) {
  std::array<std::byte, 64> buffer{};
  const auto size = or_throw(from.read(buffer, soon));
  return support::text_of(strait::bytes{buffer}.first(size));
}

}  // namespace

TEST_CASE("what is written under a name is read under it", "[fifo]") {
  claimed fifo;
  auto writer = fifo.writer();

  REQUIRE(writer.write(as_bytes("over the strait"), soon) == 15);

  CHECK(next_of(fifo.reader) == "over the strait");
}

TEST_CASE("a writer that comes first waits for the reader", "[fifo]") {
  const auto name = support::unique_name();
  strait::result<fifo_writer> writer;
  strait::result<fifo_reader> reader;

  {
    const std::jthread waiting{[&] { writer = fifo_writer::open(name, soon); }};
    reader = fifo_reader::open(name, soon);
  }

  REQUIRE(writer);
  REQUIRE(reader);
  REQUIRE(writer->write(as_bytes("x"), soon) == 1);
  CHECK(next_of(*reader) == "x");
}

TEST_CASE("a reader that comes first waits for a writer, who need not write", "[fifo]") {
  const auto name = support::unique_name();
  strait::result<fifo_reader> reader;
  fifo_writer writer;

  {
    const std::jthread waiting{[&] { reader = fifo_reader::open(name, soon); }};
    writer = or_throw(fifo_writer::open(name, soon));
  }

  REQUIRE(reader);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(*reader) == "x");
}

TEST_CASE("who waits for the other side gives up at the deadline and not before", "[fifo]") {
  const auto name = support::unique_name();
  const auto begin = std::chrono::steady_clock::now();

  CHECK(why(fifo_reader::open(name, 60ms)) == std::errc::timed_out);
  CHECK(why(fifo_writer::open(name, 60ms)) == std::errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin >= 120ms);
  CHECK(why(fifo_reader::open(name, 0ms)) == std::errc::timed_out);
  CHECK(why(fifo_writer::open(name, 0ms)) == std::errc::timed_out);

  CHECK(fifo_reader::create(name));  // nothing was left behind
}

TEST_CASE("a stop ends the wait for the other side", "[fifo]") {
  const auto name = support::unique_name();
  std::stop_source source;
  strait::result<fifo_reader> reader;
  strait::result<fifo_writer> writer;
  const auto other = support::unique_name();

  {
    const std::jthread reads{[&] { reader = fifo_reader::open(name, source.get_token()); }};
    const std::jthread writes{[&] { writer = fifo_writer::open(other, source.get_token()); }};
    source.request_stop();
  }

  CHECK(why(reader) == std::errc::operation_canceled);
  CHECK(why(writer) == std::errc::operation_canceled);
  CHECK(why(fifo_reader::open(name, source.get_token())) == std::errc::operation_canceled);
  claimed fifo;
  CHECK(why(fifo_writer::open(fifo.name, source.get_token())) == std::errc::operation_canceled);
}

TEST_CASE("no time at all is enough to find a reader that is there", "[fifo]") {
  claimed fifo;
  auto writer = or_throw(fifo_writer::open(fifo.name, 0ms));

  CHECK(writer.write(as_bytes("x"), 0ms) == 1);
  CHECK(next_of(fifo.reader) == "x");
}

TEST_CASE("a name has one reader at a time", "[fifo]") {
  claimed fifo;

  const auto second = fifo_reader::create(fifo.name);
  CHECK(why(second) == std::errc::address_in_use);
  CHECK(why(fifo_reader::open(fifo.name, soon)) == std::errc::address_in_use);
  CHECK(why(second).message().find(fifo.name) != std::string::npos);

  REQUIRE(fifo.reader.close());
  CHECK(fifo_reader::create(fifo.name));
}

TEST_CASE("a reader's name is free again when it has closed, every time", "[fifo]") {
  const auto name = support::unique_name();
  const auto rounds = support::scaled(2'000, 20);

  for (std::size_t round = 0; round < rounds; ++round) {
    auto reader = or_throw(fifo_reader::create(name));
    auto writer = or_throw(fifo_writer::open(name, soon));
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    REQUIRE(reader.close());  // while the writer is still there
  }
}

TEST_CASE("a read waits for the first writer", "[fifo]") {
  claimed fifo;
  std::array<std::byte, 8> buffer{};

  CHECK(why(fifo.reader.read(buffer, 0ms)) == std::errc::timed_out);
  CHECK(why(fifo.reader.read(buffer, 30ms)) == std::errc::timed_out);
  strait::result<std::size_t> got;
  {
    const std::jthread waiting{[&] { got = fifo.reader.read(buffer); }};
    auto writer = fifo.writer();
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  }
  CHECK(got == 1);
}

TEST_CASE("a read waits while a writer is there and says nothing", "[fifo]") {
  claimed fifo;
  auto writer = fifo.writer();
  std::array<std::byte, 8> buffer{};

  CHECK(why(fifo.reader.read(buffer, 20ms)) == std::errc::timed_out);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(fifo.reader) == "x");
  CHECK(why(fifo.reader.read(buffer, 20ms)) == std::errc::timed_out);
}

TEST_CASE("a stop ends a read, before the first writer and after it", "[fifo]") {
  claimed fifo;
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
  claimed fifo;
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
  claimed fifo;
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
  claimed fifo;
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
  claimed fifo;
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
    const std::jthread waiting{[&] { reader = fifo_reader::open(name, soon); }};
    const auto writer = or_throw(fifo_writer::open(name, soon));
    REQUIRE(support::eventually([&] { return reader.has_value() && *reader; }));
  }

  CHECK(reader->read(buffer, soon) == 0);
  CHECK(why(reader->read(buffer, 10ms)) == std::errc::timed_out);
}

TEST_CASE("a reader may wait for the next writer instead of an end", "[fifo]") {
  claimed fifo{{.end = at_end::wait_for_next}};
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

TEST_CASE("a reader that waits for the next writer can be opened as well", "[fifo]") {
  const auto name = support::unique_name();
  CHECK(why(fifo_reader::open(name, 10ms, {.end = at_end::wait_for_next})) == std::errc::timed_out);
  strait::result<fifo_reader> reader;
  std::array<std::byte, 8> buffer{};

  {
    const std::jthread waiting{
        [&] { reader = fifo_reader::open(name, soon, {.end = at_end::wait_for_next}); }};
    auto writer = or_throw(fifo_writer::open(name, soon));
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  }

  CHECK(next_of(*reader) == "x");
  CHECK(why(reader->read(buffer, 10ms)) == std::errc::timed_out);
}

TEST_CASE("eight writers may come before the first read", "[fifo]") {
  claimed fifo;
  std::vector<fifo_writer> writers;
  std::size_t total = 0;

  for (int i = 0; i < 8; ++i) writers.push_back(fifo.writer());
  for (auto& writer : writers) REQUIRE(writer.write(as_bytes("12345"), soon) == 5);
  writers.clear();

  std::array<std::byte, 64> buffer{};
  while (const auto got = or_throw(fifo.reader.read(buffer, soon))) total += got;
  CHECK(total == 40);
}

TEST_CASE("any number of writers may be open at once", "[fifo]") {
  claimed fifo{{.end = at_end::wait_for_next}};
  std::vector<fifo_writer> writers;

  for (int i = 0; i < 40; ++i) {
    writers.push_back(fifo.writer());
    REQUIRE(writers.back().write(as_bytes("x"), soon) == 1);
    CHECK(next_of(fifo.reader) == "x");
  }
  for (auto& writer : writers) {
    REQUIRE(writer.write(as_bytes("y"), soon) == 1);
    CHECK(next_of(fifo.reader) == "y");
  }
}

TEST_CASE("a write fails with broken_pipe when the reader has gone", "[fifo]") {
  claimed fifo;
  auto writer = fifo.writer();
  REQUIRE(fifo.reader.close());

  CHECK(why(writer.write(as_bytes("anyone?"))) == std::errc::broken_pipe);
  CHECK(why(writer.write(as_bytes("anyone?"), 0ms)) == std::errc::broken_pipe);
  CHECK(why(writer.write(as_bytes("anyone?"), soon)) == std::errc::broken_pipe);
}

TEST_CASE("a reader that closes wakes waiting writers with broken_pipe", "[fifo]") {
  claimed fifo;
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

TEST_CASE("a new reader gets nothing of what was written for the one before", "[fifo]") {
  claimed fifo;
  auto old = fifo.writer();
  REQUIRE(old.write(as_bytes("for the first"), soon) == 13);
  REQUIRE(fifo.reader.close());

  auto reader = or_throw(fifo_reader::create(fifo.name));
  std::array<std::byte, 8> buffer{};
  CHECK(why(reader.read(buffer, 10ms)) == std::errc::timed_out);
  CHECK(why(old.write(as_bytes("x"), soon)) == std::errc::broken_pipe);

  auto writer = or_throw(fifo_writer::open(fifo.name, soon));
  REQUIRE(writer.write(as_bytes("new"), soon) == 3);
  CHECK(next_of(reader) == "new");
}

TEST_CASE("a write to a full FIFO gives up at its deadline and wrote nothing", "[fifo]") {
  claimed fifo;
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
  claimed fifo;
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
  claimed fifo;
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
  claimed fifo;
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
  claimed fifo;
  CHECK(fifo.reader.read(strait::bytes{}) == 0);  // and does not wait for the first writer
  auto writer = fifo.writer();

  CHECK(writer.write(strait::const_bytes{}, soon) == 0);
  CHECK(fifo.reader.read(strait::bytes{}, soon) == 0);
  CHECK(fifo.reader.read(strait::bytes_list{}, soon) == 0);
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(fifo.reader) == "x");
}

TEST_CASE("FIFO ends that are closed say so", "[fifo]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<fifo_reader>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<fifo_writer>);
  claimed fifo;
  auto writer = fifo.writer();
  std::array<std::byte, 1> buffer{};
  auto moved = std::move(fifo.reader);
  auto to = std::move(writer);
  CHECK(to.write(as_bytes("x"), soon) == 1);
  CHECK(moved.read(buffer, soon) == 1);

  CHECK_FALSE(fifo.reader);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK_FALSE(writer);       // NOLINT(bugprone-use-after-move)
  CHECK(why(fifo.reader.read(buffer)) == std::errc::bad_file_descriptor);
  CHECK(why(fifo.reader.read(buffer, soon)) == std::errc::bad_file_descriptor);
  CHECK(why(writer.write(as_bytes("x"))) == std::errc::bad_file_descriptor);
  CHECK(fifo.reader.native() == strait::no_handle);
  CHECK(fifo.reader.close());
  CHECK(writer.close());
}

TEST_CASE("a wish for a FIFO's capacity is heard, and an absurd one is no failure", "[fifo]") {
  constexpr std::size_t wish = 256 * 1024;
  const auto room = [](std::size_t capacity) {
    claimed fifo{{.capacity = capacity}};
    auto writer = fifo.writer();
    return support::fill(writer);
  };

  CHECK(room(wish) >= 64 * 1024);  // what systems that choose by themselves give
  CHECK(room(1) >= fifo_writer::atomic_size);
  CHECK(room(static_cast<std::size_t>(-1)) >= fifo_writer::atomic_size);
}

TEST_CASE("FIFOs refuse names that are none, and access that nobody could use", "[fifo]") {
  CHECK(why(fifo_reader::create("Not A Name")) == std::errc::invalid_argument);
  CHECK(why(fifo_writer::open("Not A Name", soon)) == std::errc::invalid_argument);
  const auto name = support::unique_name();
  CHECK(why(fifo_reader::create(name, {.who = strait::access::group})) ==
        std::errc::invalid_argument);
}

TEST_CASE("a FIFO may be for the whole machine", "[fifo]") {
  const strait::name name{support::unique_name(), scope::machine};
  auto reader = or_throw(fifo_reader::create(name, {.who = strait::access::everyone}));
  auto writer = or_throw(fifo_writer::open(name, soon, {.who = strait::access::everyone}));

  CHECK(why(fifo_writer::open(name.text(), 0ms)) == std::errc::timed_out);  // the user's own
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(reader) == "x");
}

TEST_CASE("long names are names like others", "[fifo]") {
  const auto base = support::unique_name() + "." + std::string(150, 'x');
  auto one = or_throw(fifo_reader::create(base + "1"));
  auto two = or_throw(fifo_reader::create(base + "2"));
  auto writer = or_throw(fifo_writer::open(base + "2", soon));

  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(next_of(two) == "x");
  std::byte buffer{};
  CHECK(why(one.read({&buffer, 1}, 0ms)) == std::errc::timed_out);
}
