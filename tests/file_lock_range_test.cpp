// SPDX-License-Identifier: MIT
#include <strait/file_lock.hpp>

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/file_locks.hpp"
#include "support/files.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::file_lock;
using strait::file_range;
using strait::or_throw;
using support::file_place;
using support::has_no_ranges;
using support::two_parties;
using support::why;

namespace {

constexpr std::uint64_t far = std::uint64_t{5} << 32U;  // beyond 4 GiB
constexpr std::uint64_t last = std::uint64_t{1} << 62U;

}  // namespace

TEST_CASE("ranges of a file are locked one by one, also beyond 4 GiB and the file's end",
          "[file_lock]") {
  if (has_no_ranges()) return;
  two_parties files;
  const auto low = or_throw(files.one.lock({}, {.offset = 10, .size = 10}));
  const auto high = or_throw(files.one.lock({}, {.offset = far, .size = 100}));

  CHECK(files.other.lock(0ms, {.offset = 0, .size = 10}));
  CHECK(files.other.lock(0ms, {.offset = 20, .size = far - 20}));
  CHECK(files.other.lock(0ms, {.offset = far + 100}));
  CHECK(files.other.lock(0ms, {.offset = last - 1, .size = 1}));
  for (const file_range which : {file_range{.offset = 10, .size = 1},
                                 {.offset = 0, .size = 11},
                                 {.offset = 19, .size = 5},
                                 {.offset = far + 99, .size = 1},
                                 {.offset = far - 1, .size = 2},
                                 {.offset = 20}}) {
    CAPTURE(which.offset, which.size);
    CHECK(why(files.other.lock(0ms, which)) == condition::timed_out);
    CHECK(why(files.other.lock_shared(0ms, which)) == condition::timed_out);
  }
}

TEST_CASE("the whole of a file and its ranges exclude each other", "[file_lock]") {
  if (has_no_ranges()) return;
  two_parties files;
  for (const file_range which : {file_range{.size = 1}, {.offset = far}, {.offset = last - 1}}) {
    {
      const auto part = or_throw(files.one.lock({}, which));
      CHECK(why(files.other.lock(0ms)) == condition::timed_out);
      CHECK(why(files.other.lock_shared(0ms)) == condition::timed_out);
    }
    {
      const auto part = or_throw(files.one.lock_shared({}, which));
      CHECK(why(files.other.lock(0ms)) == condition::timed_out);
      CHECK(files.other.lock_shared(0ms));
    }
    const auto whole = or_throw(files.one.lock_shared());
    CHECK(why(files.other.lock(0ms, which)) == condition::timed_out);
    CHECK(files.other.lock_shared(0ms, which));
  }
}

TEST_CASE("releasing one range leaves those beside it locked", "[file_lock]") {
  if (has_no_ranges()) return;
  two_parties files;
  const auto first = or_throw(files.one.lock({}, {.offset = 0, .size = 10}));
  auto second = or_throw(files.one.lock({}, {.offset = 10, .size = 10}));
  const auto third = or_throw(files.one.lock({}, {.offset = 20}));

  REQUIRE(second.release());

  CHECK(why(files.other.lock(0ms, {.offset = 9, .size = 1})) == condition::timed_out);
  CHECK(why(files.other.lock(0ms, {.offset = 20, .size = 1})) == condition::timed_out);
  CHECK(files.other.lock(0ms, {.offset = 10, .size = 10}));
}

TEST_CASE("threads may use one file_lock for different ranges", "[file_lock]") {
  if (has_no_ranges()) return;
  file_place place;
  auto file = or_throw(file_lock::open(place.path));
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) {
      threads.emplace_back([&file, i] {
        for (std::size_t round = 0; round < support::scaled(2000, 20); ++round) {
          or_throw(or_throw(file.lock(0ms, {.offset = i * 10, .size = 10})).release());
        }
      });
    }
  }
  CHECK(file.lock(0ms));
}
