// SPDX-License-Identifier: MIT
// What many processes write into one FIFO arrives whole, once, and in its order.
#include <strait/fifo.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::at_end;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::or_throw;
using support::soon;

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
