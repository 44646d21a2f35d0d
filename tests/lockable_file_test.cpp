// SPDX-License-Identifier: MIT
#include <strait/lockable_file.hpp>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <system_error>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::file_lock;
using strait::lockable_file;
using strait::or_throw;

namespace {

struct two_lockables {
  support::file_place place;
  file_lock file = or_throw(file_lock::open(place.path));
  file_lock another = or_throw(file_lock::open(place.path));
  lockable_file one{file};
  lockable_file other{another};
};

}  // namespace

TEST_CASE("std::unique_lock locks a file", "[file_lock]") {
  two_lockables at;
  {
    std::unique_lock held{at.one};
    CHECK(held.owns_lock());
    CHECK_FALSE(std::unique_lock{at.other, std::try_to_lock}.owns_lock());
    CHECK_FALSE(std::unique_lock{at.other, 5ms}.owns_lock());
    CHECK_FALSE(std::unique_lock{at.other, std::chrono::steady_clock::now() + 5ms}.owns_lock());
    CHECK_FALSE(std::unique_lock{at.other, std::chrono::system_clock::now()}.owns_lock());
    held.unlock();
    CHECK(std::unique_lock{at.other, std::try_to_lock}.owns_lock());
    held.lock();
    CHECK_FALSE(at.other.try_lock());
  }
  CHECK(std::unique_lock{at.other, 5ms}.owns_lock());
}

TEST_CASE("std::shared_lock shares the lock of a file", "[file_lock]") {
  two_lockables at;
  {
    const std::shared_lock held{at.one};
    CHECK(std::shared_lock{at.other, std::try_to_lock}.owns_lock());
    CHECK(std::shared_lock{at.other, 5ms}.owns_lock());
    CHECK(std::shared_lock{at.other, std::chrono::steady_clock::now() + 5ms}.owns_lock());
    CHECK_FALSE(std::unique_lock{at.other, std::try_to_lock}.owns_lock());
  }
  const std::scoped_lock alone{at.one};
  CHECK_FALSE(std::shared_lock{at.other, std::try_to_lock}.owns_lock());
  CHECK_FALSE(std::shared_lock{at.other, 5ms}.owns_lock());
}

TEST_CASE("std::lock takes the locks of two files without a deadlock", "[file_lock]") {
  two_lockables first;
  two_lockables second;
  {
    const std::scoped_lock both{first.one, second.one};
    CHECK_FALSE(first.other.try_lock());
    CHECK_FALSE(second.other.try_lock());
  }
  const std::scoped_lock both{second.other, first.other};
}

TEST_CASE("a lockable file throws what is more than time", "[file_lock]") {
  two_lockables at;
  const std::scoped_lock held{at.one};
  lockable_file again{at.file};
  try {
    again.lock();
    FAIL("it has locked what is locked");
  } catch (const std::system_error& failed) {
    CHECK(failed.code() == condition::resource_deadlock_would_occur);
  }
  CHECK_THROWS_AS(static_cast<void>(again.try_lock()), strait::failure);
}
