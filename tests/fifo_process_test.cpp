// SPDX-License-Identifier: MIT
// FIFOs between processes, any of which may be killed or frozen.
#include <strait/fifo.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/fifos.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::at_end;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::inherited;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

// What stands before each frame. Its bytes follow from it, so that a torn one shows.
struct frame_head {
  std::uint32_t writer;
  std::uint32_t number;
  std::uint32_t size;  // with this head
};

using frame = std::array<std::byte, fifo_writer::atomic_size>;

std::byte filler(const frame_head& head, std::size_t at) {
  return static_cast<std::byte>((head.writer * 31U) + (head.number * 7U) + at);
}

std::uint32_t size_of_frame(std::uint32_t writer, std::uint32_t number) {
  const auto more = fifo_writer::atomic_size - sizeof(frame_head);
  return static_cast<std::uint32_t>(sizeof(frame_head) +
                                    (((writer * 101U) + (number * 37U)) % (more + 1)));
}

strait::const_bytes make_frame(frame& into, std::uint32_t writer, std::uint32_t number) {
  const frame_head head{writer, number, size_of_frame(writer, number)};
  std::memcpy(into.data(), &head, sizeof head);
  for (std::size_t i = sizeof head; i < head.size; ++i) into.at(i) = filler(head, i);
  return strait::const_bytes{into}.first(head.size);
}

void write_frames(fifo_writer& to, std::uint32_t writer, std::uint32_t first, std::uint32_t end) {
  frame buffer;
  for (auto number = first; number < end; ++number) {
    const auto whole = make_frame(buffer, writer, number);
    // Some with a deadline, some without.
    const auto written = or_throw(number % 2 == 0 ? to.write(whole, soon) : to.write(whole));
    if (written != whole.size()) throw strait::failure{{.operation = "write a whole frame"}};
  }
}

// Takes frames off a stream and looks that each is whole, and comes once and in its order.
class frame_check {
 public:
  void add(strait::const_bytes data) {
    pending_.insert(pending_.end(), data.begin(), data.end());
    std::size_t at = 0;
    while (const auto size = whole_frame(strait::const_bytes{pending_}.subspan(at))) at += size;
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  [[nodiscard]] bool is_clean() const { return !torn_ && !disordered_ && pending_.empty(); }
  [[nodiscard]] bool is_torn() const { return torn_; }
  [[nodiscard]] std::size_t total() const { return total_; }
  [[nodiscard]] const std::map<std::uint32_t, std::uint32_t>& counts() const { return next_; }

 private:
  // How long the frame at the beginning is; 0 if it is not there as a whole.
  std::size_t whole_frame(strait::const_bytes data) {
    frame_head head{};
    if (torn_ || data.size() < sizeof head) return 0;
    std::memcpy(&head, data.data(), sizeof head);
    torn_ = head.size != size_of_frame(head.writer, head.number);
    if (torn_ || data.size() < head.size) return 0;
    for (std::size_t i = sizeof head; i < head.size; ++i) {
      torn_ = torn_ || data[i] != filler(head, i);
    }
    disordered_ = disordered_ || next_[head.writer]++ != head.number;
    ++total_;
    return head.size;
  }

  std::vector<std::byte> pending_;
  std::map<std::uint32_t, std::uint32_t> next_;
  std::size_t total_ = 0;
  bool torn_ = false;
  bool disordered_ = false;
};

std::uint32_t number_in(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoul(text));
}

// NAME WRITER COUNT: writes so many frames.
const support::role writes_frames{"fifo.writes_frames", [](support::role_args args) {
  auto to = or_throw(fifo_writer::open(args[0], soon));
  write_frames(to, number_in(args[1]), 0, number_in(args[2]));
  return 0;
}};

// NAME WRITER VISITS: opens, writes three frames and closes, so many times.
const support::role visits{"fifo.visits", [](support::role_args args) {
  for (std::uint32_t visit = 0; visit < number_in(args[2]); ++visit) {
    auto to = or_throw(fifo_writer::open(args[0], soon));
    write_frames(to, number_in(args[1]), visit * 3, (visit + 1) * 3);
  }
  return 0;
}};

// NAME: has a reader, says so, and reads nothing.
const support::role holds_reader{"fifo.holds_reader", [](support::role_args args) {
  auto reader = or_throw(fifo_reader::create(args[0]));
  auto ready = or_throw(inherited<strait::pipe_writer>("ready"));
  or_throw(ready.write(as_bytes("!"), soon));
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

// NAME: writes half of what it has to say, and goes on holding its end.
const support::role holds_writer{"fifo.holds_writer", [](support::role_args args) {
  auto writer = or_throw(fifo_writer::open(args[0], soon));
  or_throw(writer.write(as_bytes("half"), soon));
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

// NAME STEP: makes a reader, and is killed at that step.
const support::role dies_creating{"fifo.dies_creating", [](support::role_args args) {
  support::kill_at(number_in(args[1]));
  const auto reader = or_throw(fifo_reader::create(args[0]));
  return 0;
}};

// NAME: finds that the name is taken.
const support::role claims{"fifo.claims", [](support::role_args args) {
  const auto reader = fifo_reader::create(args[0]);
  return why(reader) == std::errc::address_in_use ? 0 : 1;
}};

// NAME: opens the reader, reads to the end, and answers with the count.
const support::role counts_to_end{"fifo.counts_to_end", [](support::role_args args) {
  auto reader = or_throw(fifo_reader::open(args[0], soon));
  return static_cast<int>(support::rest_of(reader).size());
}};

// A process that has the reader of that name, and has said so.
strait::child start_reader(const std::string& name) {
  auto ready = or_throw(strait::pipe::create());
  auto command = holds_reader.command({name});
  command.give.emplace_back("ready", std::move(ready.writer));
  auto child = support::start(command);
  std::byte hello{};
  or_throw(strait::read_exactly(ready.reader, {&hello, 1}, soon));
  return child;
}

// Reads until so many frames have come, over the ends of streams.
void read_frames(fifo_reader& from, frame_check& into, std::size_t count) {
  std::vector<std::byte> buffer(16 * 1024);
  while (into.total() < count) {
    const auto got = or_throw(from.read(buffer, soon));
    into.add(strait::const_bytes{buffer}.first(got));
    if (into.is_torn()) return;
  }
}

}  // namespace

TEST_CASE("frames of eight processes never mix", "[fifo]") {
  constexpr std::uint32_t processes = 8;
  const auto frames = support::scaled(20'000, 50);
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  std::vector<strait::child> children;
  for (std::uint32_t i = 0; i < processes; ++i) {
    children.push_back(
        support::start(writes_frames.command({name, std::to_string(i), std::to_string(frames)})));
  }

  frame_check seen;
  read_frames(reader, seen, processes * frames);

  CHECK(seen.is_clean());
  CHECK(seen.counts().size() == processes);
  for (const auto& [writer, count] : seen.counts()) CHECK(count == frames);
  for (auto& child : children) CHECK(support::end_of(child).success());
}

TEST_CASE("writers come and go, and each frame arrives once and in order", "[fifo]") {
  constexpr std::uint32_t processes = 4;
  const auto visits_of_each = support::scaled(250, 10);
  for (const auto end : {at_end::finish, at_end::wait_for_next}) {
    const auto name = support::unique_name();
    auto reader = or_throw(fifo_reader::create(name, {.end = end}));
    std::vector<strait::child> children;
    for (std::uint32_t i = 0; i < processes; ++i) {
      children.push_back(support::start(
          visits.command({name, std::to_string(i), std::to_string(visits_of_each)})));
    }

    frame_check seen;
    read_frames(reader, seen, 3 * processes * visits_of_each);

    CHECK(seen.is_clean());
    for (const auto& [writer, count] : seen.counts()) CHECK(count == 3 * visits_of_each);
    for (auto& child : children) CHECK(support::end_of(child).success());
  }
}

TEST_CASE("one writer after the other: each stream is one process's", "[fifo]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  const auto writers = static_cast<std::uint32_t>(support::scaled(1'000, 10));

  for (std::uint32_t i = 0; i < writers; ++i) {
    auto child = support::start(writes_frames.command({name, std::to_string(i), "3"}));
    frame_check seen;
    seen.add(support::rest_of(reader));
    CHECK(seen.is_clean());
    CHECK(seen.counts() == std::map<std::uint32_t, std::uint32_t>{{i, 3}});
    CHECK(support::end_of(child).success());
  }
}

TEST_CASE("processes open a FIFO in either order", "[fifo]") {
  const auto name = support::unique_name();
  for (const bool writer_first : {true, false}) {
    const auto writing = writes_frames.command({name, "1", "1"});
    const auto reading = counts_to_end.command({name});
    auto first = support::start(writer_first ? writing : reading);
    auto second = support::start(writer_first ? reading : writing);
    const auto one = support::end_of(first);
    const auto two = support::end_of(second);
    CHECK((writer_first ? one : two).success());
    CHECK((writer_first ? two : one) == support::exit_code(size_of_frame(1, 0) & 0xffU));
  }
}

TEST_CASE("a reader that is killed is broken_pipe to its writers, and another takes over at once",
          "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  auto writer = or_throw(fifo_writer::open(name, soon));
  support::fill(writer);

  const std::vector<std::byte> much(100'000);
  strait::result<> written;
  {
    const std::jthread waiting{[&] { written = strait::write_all(writer, much, soon); }};
    support::kill_hard(child.id());
  }
  CHECK(why(written) == std::errc::broken_pipe);
  CHECK(support::end_of(child) == support::killed_hard());

  auto reader = or_throw(fifo_reader::create(name));  // while the old writer is still there
  auto next = or_throw(fifo_writer::open(name, 0ms));
  REQUIRE(next.write(as_bytes("new"), soon) == 3);
  std::array<std::byte, 8> buffer{};
  REQUIRE(reader.read(buffer, soon) == 3);
  CHECK(support::text_of(strait::bytes{buffer}.first(3)) == "new");
  CHECK(why(writer.write(as_bytes("x"), soon)) == std::errc::broken_pipe);
}

TEST_CASE("what a killed reader left is nobody to write to", "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  support::kill_hard(child.id());
  CHECK(support::end_of(child) == support::killed_hard());

  CHECK(why(fifo_writer::open(name, 30ms)) == std::errc::timed_out);
  strait::result<fifo_writer> writer;
  strait::result<fifo_reader> reader;
  {
    const std::jthread waiting{[&] { writer = fifo_writer::open(name, soon); }};
    reader = fifo_reader::open(name, soon);
  }
  CHECK(reader);
  CHECK(writer);
}

TEST_CASE("a writer that is killed is the end of its stream", "[fifo]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  auto child = support::start(holds_writer.command({name}));
  std::array<std::byte, 4> half{};
  REQUIRE(strait::read_exactly(reader, half, soon));
  CHECK(why(reader.read(half, 20ms)) == std::errc::timed_out);

  support::kill_hard(child.id());

  CHECK(reader.read(half, soon) == 0);
  CHECK(support::end_of(child) == support::killed_hard());
  auto next = or_throw(fifo_writer::open(name, soon));
  CHECK(next.write(as_bytes("next"), soon) == 4);
  CHECK(reader.read(half, soon) == 4);
}

TEST_CASE("a frozen reader holds no writer beyond its deadline", "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  support::suspend(child.id());
  std::vector<fifo_writer> writers;
  for (int i = 0; i < 4; ++i) writers.push_back(or_throw(fifo_writer::open(name, soon)));

  {
    // All at once, so that they take each other's room.
    std::vector<std::jthread> writing;
    for (auto& writer : writers) {
      writing.emplace_back([&writer] {
        const frame some{};
        while (writer.write(some, 50ms)) {
        }
      });
    }
  }
  const frame whole{};
  for (auto& writer : writers) CHECK(why(writer.write(whole, 20ms)) == std::errc::timed_out);

  support::resume(child.id());
  CHECK(child.kill());
  CHECK(support::end_of(child) == support::killed_by_strait());
}

TEST_CASE("the reader of another process keeps its name, whoever wants it", "[fifo]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  auto writer = or_throw(fifo_writer::open(name, soon));
  REQUIRE(writer.write(as_bytes("kept"), soon) == 4);

  for (int i = 0; i < 3; ++i) {
    CHECK(support::outcome_of(claims.command({name})).success());
  }

  std::array<std::byte, 8> buffer{};
  CHECK(reader.read(buffer, soon) == 4);
  CHECK(or_throw(fifo_writer::open(name, 0ms)));
}

TEST_CASE("a frozen reader keeps its name, too", "[fifo]") {
  const auto name = support::unique_name();
  auto child = start_reader(name);
  support::suspend(child.id());

  CHECK(why(fifo_reader::create(name)) == std::errc::address_in_use);

  support::resume(child.id());
  CHECK(child.kill());
  CHECK(support::end_of(child) == support::killed_by_strait());
  CHECK(fifo_reader::create(name));
}

TEST_CASE("a reader that is killed while it is made leaves nothing in the way", "[fifo]") {
  const auto steps = support::count_steps(
      [] { or_throw(fifo_reader::create(support::unique_name())); });
  REQUIRE(steps > 2);
  for (const bool has_leftover : {false, true}) {
    for (std::size_t step = 1; step <= steps; ++step) {
      const auto name = support::unique_name();
      if (has_leftover) {
        auto before = start_reader(name);
        support::kill_hard(before.id());
        CHECK(support::end_of(before) == support::killed_hard());
      }
      const auto dying = dies_creating.command({name, std::to_string(step)});
      CHECK(support::outcome_of(dying) == support::killed_hard());

      auto reader = or_throw(fifo_reader::create(name));
      auto writer = or_throw(fifo_writer::open(name, 0ms));
      REQUIRE(writer.write(as_bytes("x"), soon) == 1);
      std::byte one{};
      CHECK(reader.read({&one, 1}, soon) == 1);
    }
  }
}
