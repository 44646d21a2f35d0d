// SPDX-License-Identifier: MIT
#include <strait/lease.hpp>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::lease;
using strait::or_throw;
using support::soon;
using support::why;

TEST_CASE("a lease has one holder, who can be asked for", "[lease]") {
  const auto name = support::unique_name();
  CHECK(or_throw(lease::holder(name)) == std::nullopt);

  auto held = lease::acquire(name, 0ms);
  REQUIRE(held);

  CHECK(*held);
  const auto holder = or_throw(lease::holder(name)).value_or(strait::process_identity{});
  CHECK(holder.id == support::this_process());
  CHECK(holder.start != 0);
  CHECK(why(lease::acquire(name, 0ms)) == condition::timed_out);
  CHECK(why(lease::acquire(name, 30ms)) == condition::timed_out);
}

TEST_CASE("a lease that was given back is free at once", "[lease]") {
  const auto name = support::unique_name();
  auto held = or_throw(lease::acquire(name, 0ms));

  CHECK(held.release());

  CHECK_FALSE(held);
  CHECK(or_throw(lease::holder(name)) == std::nullopt);
  CHECK(held.release());  // again, which is nothing
  CHECK(lease::acquire(name, 0ms));
}

TEST_CASE("a lease goes with its object", "[lease]") {
  const auto name = support::unique_name();
  {
    auto first = or_throw(lease::acquire(name, 0ms));
    const lease second{std::move(first)};
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is tested
    CHECK(second);
    CHECK(why(lease::acquire(name, 0ms)) == condition::timed_out);
  }
  CHECK(lease::acquire(name, 0ms));
}

TEST_CASE("assigning to a lease gives back what it held", "[lease]") {
  const auto name = support::unique_name();
  const auto other = support::unique_name();
  auto held = or_throw(lease::acquire(name, 0ms));

  held = or_throw(lease::acquire(other, 0ms));

  CHECK(lease::acquire(name, 0ms));
  CHECK(why(lease::acquire(other, 0ms)) == condition::timed_out);
}

TEST_CASE("a lease that is given back reaches who waits for it", "[lease]") {
  const auto name = support::unique_name();
  auto held = or_throw(lease::acquire(name, 0ms));
  strait::result<lease> waited;

  {
    const std::jthread waiting{[&] { waited = lease::acquire(name, soon); }};
    CHECK(held.release());
  }

  CHECK(waited);
}

TEST_CASE("a wait for a lease is stopped by its token", "[lease]") {
  const auto name = support::unique_name();
  const auto held = or_throw(lease::acquire(name, 0ms));
  std::stop_source stop;
  strait::result<lease> waited;

  {
    const std::jthread waiting{[&] { waited = lease::acquire(name, {soon, stop.get_token()}); }};
    stop.request_stop();
  }

  CHECK(why(waited) == condition::operation_canceled);
}

TEST_CASE("a free lease is had even if the moment has passed, but not after a stop", "[lease]") {
  const auto name = support::unique_name();
  std::stop_source stop;
  CHECK(lease::acquire(name, -5s));
  stop.request_stop();
  CHECK(why(lease::acquire(name, {soon, stop.get_token()})) == condition::operation_canceled);
}

TEST_CASE("leases of different names do not know each other", "[lease]") {
  const auto first = support::unique_name();
  const auto second = support::unique_name();
  const auto held = or_throw(lease::acquire(first, 0ms));

  CHECK(lease::acquire(second, 0ms));
  CHECK(lease::acquire({first, strait::scope::machine}, 0ms));
}

TEST_CASE("the longest name is a lease like others", "[lease]") {
  const std::string name(strait::name::max_size, 'x');
  const auto held = or_throw(lease::acquire(name, 0ms));

  CHECK(or_throw(lease::holder(name)));
  CHECK(why(lease::acquire(name, 0ms)) == condition::timed_out);
}

TEST_CASE("a lease can stand at any path", "[lease]") {
  const support::temp_directory directory;
  const auto name = strait::native_name{support::utf8(directory / u8"Some Lock.pid")};
  const auto held = or_throw(lease::acquire(name, 0ms));

  CHECK(or_throw(lease::holder(name)).value_or(strait::process_identity{}).id ==
        support::this_process());
  CHECK(why(lease::acquire(name, 0ms)) == condition::timed_out);
  CHECK(std::filesystem::exists(directory / u8"Some Lock.pid"));
}

TEST_CASE("what can be no lease says so", "[lease]") {
  CHECK(why(lease::acquire("No Name", 0ms)) == condition::invalid_argument);
  CHECK(why(lease::holder("No Name")) == condition::invalid_argument);
  CHECK(why(lease::acquire("x", 0ms, {.who = strait::access::everyone})) ==
        condition::invalid_argument);
  const support::temp_directory directory;
  const auto nowhere = strait::native_name{support::utf8(directory / u8"none" / u8"x")};
  CHECK(why(lease::acquire(nowhere, 0ms)) == condition::no_such_file_or_directory);
}
