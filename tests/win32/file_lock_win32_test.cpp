// SPDX-License-Identifier: MIT
#include <strait/file_lock.hpp>

#include <chrono>
#include <string>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/win32/win32.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::file_lock;
using strait::or_throw;
using support::file_place;
using support::why;

namespace {

/// What the system says of a read or write of one byte there; 0 if it lets it be.
DWORD refusal(const strait::handle& file, DWORD at, bool writes) {
  OVERLAPPED io{};
  io.Offset = at;  // NOLINT(cppcoreguidelines-pro-type-union-access): the SDK's type
  char byte = 'x';
  DWORD moved = 0;
  const BOOL done = writes ? ::WriteFile(file.get(), &byte, 1, &moved, &io)
                           : ::ReadFile(file.get(), &byte, 1, &moved, &io);
  return done ? 0 : ::GetLastError();
}

/// Locks the first byte as programs do that know nothing of strait.
bool lock_plainly(const strait::handle& file) {
  return ::LockFile(file.get(), 0, 0, 1, 0) != FALSE;
}

}  // namespace

TEST_CASE("locks that are for others, too, are mandatory on Windows", "[file_lock][win32]") {
  if (support::under_wine()) return support::skip("Wine 8 lets everybody read and write");
  const file_place place{"0123456789"};
  auto file = or_throw(file_lock::open(place.path, {.foreign = true}));
  const auto other = support::open_file(place.path);
  {
    const auto held = or_throw(file.lock({}, {.offset = 2, .size = 3}));
    CHECK(refusal(other, 1, false) == 0);
    CHECK(refusal(other, 3, false) == ERROR_LOCK_VIOLATION);
    CHECK(refusal(other, 3, true) == ERROR_LOCK_VIOLATION);
    CHECK(refusal(other, 5, true) == 0);
  }
  const auto shared = or_throw(file.lock_shared());
  CHECK(refusal(other, 3, false) == 0);
  CHECK(refusal(other, 3, true) == ERROR_LOCK_VIOLATION);
}

TEST_CASE("only locks that are for others, too, see those of programs without strait",
          "[file_lock][win32]") {
  const file_place place{"content"};
  auto ours = or_throw(file_lock::open(place.path));
  auto foreign = or_throw(file_lock::open(place.path, {.foreign = true}));
  const auto other = support::open_file(place.path);
  REQUIRE(lock_plainly(other));
  CHECK(ours.lock(0ms));
  CHECK(why(foreign.lock(0ms)) == condition::timed_out);
  CHECK(why(foreign.lock(0ms, {.size = 1})) == condition::timed_out);
  CHECK(foreign.lock(0ms, {.offset = 1}));
}

TEST_CASE("the whole of a file, locked for others, too, excludes all other locks",
          "[file_lock][win32]") {
  const file_place place;
  auto foreign = or_throw(file_lock::open(place.path, {.foreign = true}));
  auto ours = or_throw(file_lock::open(place.path));
  const auto held = or_throw(foreign.lock());
  CHECK(why(ours.lock(0ms)) == condition::timed_out);
  CHECK(why(ours.lock(0ms, {.offset = 7, .size = 1})) == condition::timed_out);
}

TEST_CASE("a file that was opened for plain calls can be locked, too", "[file_lock][win32]") {
  const file_place place{"content"};
  auto plain = or_throw(file_lock::adopt(support::open_file(place.path)));
  auto file = or_throw(file_lock::open(place.path));
  {
    const auto held = or_throw(plain.lock());
    CHECK(why(file.lock(10ms)) == condition::timed_out);
  }
  const auto held = or_throw(file.lock());
  CHECK(why(plain.lock(10ms)) == condition::timed_out);
}
