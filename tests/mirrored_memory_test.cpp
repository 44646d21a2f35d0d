// SPDX-License-Identifier: MIT
#include <strait/mirrored_memory.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::as_bytes;
using strait::as_text;
using strait::condition;
using strait::mirrored_memory;
using strait::or_throw;
using support::exit_code;
using support::why;

namespace {

constexpr auto most = std::numeric_limits<std::size_t>::max();

void put(strait::bytes into, std::string_view text) {
  std::ranges::copy(as_bytes(text), into.begin());
}

std::string_view text_at(const mirrored_memory& ring, std::size_t where, std::size_t size) {
  return as_text(ring.twice().subspan(where, size));
}

// Finds the other's words across the edge of the ring, and answers across it.
const support::role answers{"mirrored.answers", [](support::role_args) {
  auto ring = or_throw(strait::inherited<mirrored_memory>("ring"));
  if (text_at(ring, ring.size() - 3, 6) != "across") return 1;
  put(ring.twice().subspan(ring.size() - 4), "and back");
  return 0;
}};

const support::role takes_something_else{"mirrored.takes_something_else", [](support::role_args) {
  const auto ring = strait::inherited<mirrored_memory>("ring");
  return why(ring) == condition::incompatible ? 0 : 1;
}};

// A ring of bytes for one writer and one reader: how much each of them has done, then the bytes.
class byte_ring {
 public:
  explicit byte_ring(mirrored_memory& memory) : memory_{&memory} {}

  std::size_t write(std::string_view text) {
    const auto done = written_.load();
    const auto room = memory_->size() - (done - read_.load());
    const auto part = text.substr(0, room);
    put(memory_->twice().subspan(done % memory_->size()), part);
    written_ = done + part.size();
    return part.size();
  }
  std::string read() {
    const auto done = read_.load();
    const auto size = written_.load() - done;
    const std::string text{text_at(*memory_, done % memory_->size(), size)};
    read_ = done + size;
    return text;
  }

 private:
  mirrored_memory* memory_;
  std::atomic<std::size_t> written_ = 0;
  std::atomic<std::size_t> read_ = 0;
};

}  // namespace

TEST_CASE("what is written behind the end of mirrored memory is at its beginning", "[mirrored]") {
  auto ring = or_throw(mirrored_memory::create(1));
  CHECK(std::ranges::all_of(ring.twice(), [](std::byte b) { return b == std::byte{}; }));

  put(ring.twice().subspan(ring.size() - 3), "across");

  CHECK(as_text(ring.bytes().first(3)) == "oss");
  CHECK(as_text(ring.bytes().last(3)) == "acr");
  CHECK(text_at(ring, (2 * ring.size()) - 3, 3) == "acr");
  CHECK_FALSE(support::is_inheritable(ring.native()));
  put(ring.bytes(), "OSS");
  CHECK(text_at(ring, ring.size() - 3, 6) == "acrOSS");
}

TEST_CASE("the size of mirrored memory is rounded up", "[mirrored]") {
  const auto unit = or_throw(mirrored_memory::create(1)).size();
  CHECK(unit >= 4096);
  CHECK(std::has_single_bit(unit));
  if (strait::on_windows) CHECK(unit == 65'536);
  for (const std::size_t size : {unit - 1, unit, unit + 1, std::size_t{1'000'000}}) {
    const auto ring = or_throw(mirrored_memory::create(size));
    CHECK(ring.size() == (size + unit - 1) / unit * unit);
    CHECK(ring.bytes().size() == ring.size());
    CHECK(ring.twice().size() == 2 * ring.size());
  }
}

TEST_CASE("what does not fit into memory is an error", "[mirrored]") {
  CHECK(why(mirrored_memory::create(0)) == condition::invalid_argument);
  for (const auto size : {most, most / 2, most / 4}) {
    CHECK_FALSE(mirrored_memory::create(size));
  }
  CHECK(why(mirrored_memory::create(most)) == condition::not_enough_memory);
}

TEST_CASE("a long stream goes round in mirrored memory", "[mirrored]") {
  auto memory = or_throw(mirrored_memory::create(1));
  byte_ring ring{memory};
  std::string text;
  for (std::size_t i = 0; text.size() < support::scaled(20'000'000, 300'000); ++i) {
    text += std::to_string(i) + ' ';
  }
  std::string got;
  {
    const std::jthread writer{[&] {
      for (std::string_view rest{text}; !rest.empty();) rest.remove_prefix(ring.write(rest));
    }};
    while (got.size() < text.size()) got += ring.read();
  }
  CHECK((got == text));
}

TEST_CASE("any number of threads make mirrored memory at once", "[mirrored]") {
  constexpr std::size_t threads = 8;
  const auto rounds = support::scaled(2000, 20);
  std::vector<std::size_t> right(threads);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i) {
      running.emplace_back([&right, rounds, i] {
        for (std::size_t round = 0; round < rounds; ++round) {
          auto ring = mirrored_memory::create(100'000);
          if (!ring) continue;
          put(ring->twice().subspan(ring->size() - 1), std::string{"x"} + std::to_string(i));
          if (text_at(*ring, 0, 1) == std::to_string(i)) ++right[i];
        }
      });
    }
  }
  for (const auto count : right) CHECK(count == rounds);
}

TEST_CASE("two processes share mirrored memory", "[mirrored]") {
  auto ring = or_throw(mirrored_memory::create(100'000));
  put(ring.twice().subspan(ring.size() - 3), "across");
  auto c = answers.command();
  c.give.emplace_back("ring", or_throw(ring.duplicate()));

  CHECK(support::outcome_of(c) == exit_code(0));

  CHECK(text_at(ring, ring.size() - 4, 8) == "and back");
  CHECK(as_text(ring.bytes().first(4)) == "back");
}

TEST_CASE("a duplicate is the same mirrored memory at another place", "[mirrored]") {
  auto one = or_throw(mirrored_memory::create(5000));
  auto other = or_throw(one.duplicate());
  CHECK(one.bytes().data() != other.bytes().data());
  CHECK(one.size() == other.size());
  put(one.bytes(), "the same");
  REQUIRE(one.close());
  CHECK(text_at(other, other.size(), 8) == "the same");

  auto again = or_throw(mirrored_memory::adopt(other.release()));
  CHECK_FALSE(other);
  CHECK(other.twice().empty());
  CHECK(text_at(again, again.size(), 8) == "the same");
}

TEST_CASE("what is no such memory is not adopted", "[mirrored]") {
  const support::temp_directory directory;
  const auto path = directory / u8"file";
  support::make_file(path, std::string(65'536, 'x'));
  auto ends = or_throw(strait::pipe::create());

  CHECK(why(mirrored_memory::adopt(support::open_file(support::utf8(path)))) ==
        condition::invalid_argument);
  CHECK(why(mirrored_memory::adopt(ends.reader.release())) == condition::invalid_argument);
  CHECK(why(mirrored_memory::adopt(strait::handle{})) == condition::bad_file_descriptor);
  auto c = takes_something_else.command();
  c.give.emplace_back("ring", std::move(ends.writer));
  CHECK(support::outcome_of(c) == exit_code(0));
}

TEST_CASE("moved mirrored memory is closed, and the other has what it had", "[mirrored]") {
  auto first = or_throw(mirrored_memory::create(1));
  put(first.bytes(), "kept");
  mirrored_memory second{std::move(first)};
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
  CHECK(first.size() == 0);
  CHECK(first.bytes().empty());
  CHECK(first.twice().empty());
  CHECK(why(first.duplicate()) == condition::bad_file_descriptor);
  CHECK(first.close());
  first = std::move(second);
  CHECK(text_at(first, first.size(), 4) == "kept");
  first = or_throw(mirrored_memory::create(1));
  CHECK(text_at(first, 0, 1) == std::string(1, '\0'));
  CHECK(first.close());
  CHECK_FALSE(first);
  CHECK_FALSE(mirrored_memory{});
}
