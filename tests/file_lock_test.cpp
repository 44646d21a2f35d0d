// SPDX-License-Identifier: MIT
#include <strait/file_lock.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/file_locks.hpp"
#include "support/files.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::file_lock;
using strait::or_throw;
using support::file_place;
using support::soon;
using support::two_parties;
using support::why;

namespace {

constexpr std::uint64_t far = std::uint64_t{5} << 32U;  // beyond 4 GiB
constexpr std::uint64_t last = std::uint64_t{1} << 62U;
constexpr auto for_ever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("a file that is locked is locked by nobody else", "[file_lock]") {
  two_parties files;
  auto held = or_throw(files.one.lock());
  CHECK(held);

  CHECK(why(files.other.lock(0ms)) == condition::timed_out);
  CHECK(why(files.other.lock(30ms)) == condition::timed_out);
  CHECK(why(files.other.lock_shared(0ms)) == condition::timed_out);

  CHECK(held.release());
  CHECK_FALSE(held);
  CHECK(held.release());  // again, which is nothing
  CHECK(files.other.lock(0ms));
}

TEST_CASE("many share a lock, and keep out who wants it alone", "[file_lock]") {
  two_parties files;
  auto third = or_throw(file_lock::open(files.place.path));
  auto first = or_throw(files.one.lock_shared());
  auto second = or_throw(files.other.lock_shared(0ms));

  CHECK(why(third.lock(0ms)) == condition::timed_out);
  CHECK(first.release());
  CHECK(why(third.lock(0ms)) == condition::timed_out);
  CHECK(second.release());
  CHECK(third.lock(0ms));
}

TEST_CASE("a lock goes with its guard, and keeps its file open", "[file_lock]") {
  two_parties files;
  {
    auto first = or_throw(files.one.lock());
    const auto second = std::move(first);
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is tested
    files.one = file_lock{};
    CHECK(why(files.other.lock(0ms)) == condition::timed_out);
  }
  CHECK(files.other.lock(0ms));
}

TEST_CASE("assigning to a guard releases what it held", "[file_lock]") {
  two_parties files;
  file_place elsewhere;
  auto another = or_throw(file_lock::open(elsewhere.path));
  auto held = or_throw(files.one.lock());

  held = or_throw(another.lock());

  CHECK(files.other.lock(0ms));
  CHECK(why(or_throw(file_lock::open(elsewhere.path)).lock(0ms)) == condition::timed_out);
}

TEST_CASE("who has a lock does not get another one on the same bytes", "[file_lock]") {
  file_place place;
  auto file = or_throw(file_lock::open(place.path));
  {
    const auto shared = or_throw(file.lock_shared());
    CHECK(why(file.lock(0ms)) == condition::resource_deadlock_would_occur);
    CHECK(why(file.lock()) == condition::resource_deadlock_would_occur);
    CHECK(why(file.lock_shared()) == condition::resource_deadlock_would_occur);
    CHECK(why(file.lock(0ms, {.offset = far, .size = 1})) ==
          condition::resource_deadlock_would_occur);
    // And it is still shared, and still there.
    auto other = or_throw(file_lock::open(place.path));
    CHECK(other.lock_shared(0ms));
    CHECK(why(other.lock(0ms)) == condition::timed_out);
  }
  CHECK(file.lock(0ms));
}

TEST_CASE("a try that failed leaves its bytes free for the next one", "[file_lock]") {
  two_parties files;
  {
    const auto held = or_throw(files.one.lock());
    CHECK(why(files.other.lock(0ms)) == condition::timed_out);
    CHECK(why(files.other.lock(0ms)) == condition::timed_out);
  }
  CHECK(files.other.lock(0ms));
}

TEST_CASE("a lock that is released reaches who waits for it", "[file_lock]") {
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    two_parties files;
    auto held = or_throw(files.one.lock());
    strait::result<file_lock::held> waited;
    {
      const std::jthread waiting{[&] { waited = files.other.lock(until); }};
      CHECK(held.release());
    }
    CHECK(waited);
  }
}

TEST_CASE("a wait for a lock is stopped by its token", "[file_lock]") {
  two_parties files;
  const auto held = or_throw(files.one.lock());
  for (const bool has_moment : {false, true}) {
    std::stop_source stop;
    const auto token = stop.get_token();
    strait::result<file_lock::held> waited;
    {
      const std::jthread waiting{
          [&] { waited = files.other.lock(has_moment ? strait::deadline{soon, token} : token); }};
      stop.request_stop();
    }
    CHECK(why(waited) == condition::operation_canceled);
  }
}

TEST_CASE("a free file is locked even if the moment has passed, but not after a stop",
          "[file_lock]") {
  two_parties files;
  std::stop_source stop;
  CHECK(files.one.lock(-5s));
  stop.request_stop();
  CHECK(why(files.one.lock({soon, stop.get_token()})) == condition::operation_canceled);
}

TEST_CASE("a lock is not lost when another handle of the file is closed", "[file_lock]") {
  two_parties files;
  const auto held = or_throw(files.one.lock());
  {
    const auto plain = support::open_file(files.place.path);
    auto third = or_throw(file_lock::open(files.place.path));
    CHECK(why(third.lock(0ms)) == condition::timed_out);
  }
  CHECK(files.place.content().empty());  // opened and closed once more
  CHECK(why(files.other.lock(0ms)) == condition::timed_out);
}

TEST_CASE("threads of one process exclude each other as processes do", "[file_lock]") {
  file_place place;
  const auto rounds = support::scaled(2000, 20);
  std::size_t counter = 0;  // under the lock alone
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        auto file = or_throw(file_lock::open(place.path));
        for (std::size_t round = 0; round < rounds; ++round) {
          const auto held = or_throw(file.lock());
          const auto before = counter;
          std::this_thread::yield();
          counter = before + 1;
        }
      });
    }
  }
  CHECK(counter == 4 * rounds);
}

TEST_CASE("a file that is open for reading can be locked shared", "[file_lock]") {
  const file_place place{"content"};
  auto reader = or_throw(file_lock::open(place.path, {.read_only = true}));
  auto writer = or_throw(file_lock::open(place.path));
  const auto held = or_throw(reader.lock_shared(0ms));

  CHECK(why(writer.lock(0ms)) == condition::timed_out);
  CHECK(why(reader.lock(0ms)) == condition::permission_denied);
  CHECK(support::beginning_of(reader.native()) == "content");
}

TEST_CASE("a file that is open already can be locked, too", "[file_lock]") {
  const file_place place{"content"};
  auto file = or_throw(file_lock::open(place.path));
  auto open = support::open_file(place.path);
  auto copy = or_throw(open.duplicate());
  auto adopted = or_throw(file_lock::adopt(std::move(open)));
  {
    const auto held = or_throw(adopted.lock_shared(0ms));
    CHECK(why(file.lock(0ms)) == condition::timed_out);
    adopted = file_lock{};  // the guard has it still
    CHECK(why(file.lock(0ms)) == condition::timed_out);
  }
  CHECK(file.lock(0ms));
  CHECK(support::beginning_of(copy.get()) == "content");
}

TEST_CASE("what cannot be locked says so", "[file_lock]") {
  file_place place;
  CHECK(why(file_lock::open(place.path, {.create = false})) ==
        condition::no_such_file_or_directory);
  CHECK(why(file_lock::open(place.path + "/none/x")) == condition::no_such_file_or_directory);
  CHECK(why(file_lock::open(support::utf8(place.directory.path()))) == condition::is_a_directory);
  CHECK(why(file_lock::open(std::string_view{"a\0b", 3})) == condition::invalid_argument);
  CHECK(why(file_lock::adopt(support::stale_handle())) == condition::bad_file_descriptor);

  auto closed = file_lock{};
  CHECK_FALSE(closed);
  CHECK(closed.native() == strait::no_handle);
  CHECK(why(closed.lock(0ms)) == condition::bad_file_descriptor);

  auto file = or_throw(file_lock::open(place.path));
  CHECK(why(file.lock(0ms, {.offset = 5, .size = 0})) == condition::invalid_argument);
  CHECK(why(file.lock(0ms, {.offset = last})) == condition::invalid_argument);
  CHECK(why(file.lock(0ms, {.offset = last - 1, .size = 2})) == condition::invalid_argument);
  CHECK(why(file.lock(0ms, {.offset = for_ever, .size = 2})) == condition::invalid_argument);
  CHECK(why(file.lock(0ms, {.offset = 1, .size = for_ever - 1})) == condition::invalid_argument);
  CHECK(why(file.lock(0ms, {.offset = 2, .size = for_ever - 1})) == condition::invalid_argument);
}

TEST_CASE("an error of a lock names the file", "[file_lock]") {
  two_parties files;
  const auto held = or_throw(files.one.lock());
  const auto said = why(files.other.lock(0ms));
  CHECK(said.subject.text() == strait::subject_name{files.place.path}.text());
  CHECK(std::string_view{said.operation} == "lock file");
}

TEST_CASE("who has locked a file reads and writes what it holds", "[file_lock]") {
  // Also bytes that others have locked: a lock hinders those alone who ask for it.
  const file_place place{"content"};
  auto file = or_throw(file_lock::open(place.path));
  const auto held = or_throw(file.lock());
  CHECK(place.content() == "content");
  support::make_file(support::path_of(place.path), "changed");
  CHECK(support::beginning_of(file.native()) == "changed");
}
