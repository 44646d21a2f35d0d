// SPDX-License-Identifier: MIT
#include <strait/throw.hpp>

#include <memory>
#include <string>

#include <strait/error.hpp>

#include "support/catch.hpp"

using strait::condition;
using strait::error;
using strait::result;

namespace {

constexpr error gone{.condition = condition::peer_died, .operation = "receive"};

}  // namespace

TEST_CASE("or_throw passes the value of a result on", "[throw]") {
  CHECK(strait::or_throw(result<int>{7}) == 7);
  CHECK_NOTHROW(strait::or_throw(result<>{}));
}

TEST_CASE("or_throw passes on what can only be moved", "[throw]") {
  const auto value = strait::or_throw(result<std::unique_ptr<int>>{std::make_unique<int>(7)});

  CHECK(*value == 7);
}

TEST_CASE("or_throw throws an error that knows everything", "[throw]") {
  try {
    strait::or_throw(result<>{std::unexpected{gone}});
    FAIL("nothing was thrown");
  } catch (const strait::failure& thrown) {
    CHECK(thrown.why() == condition::peer_died);
    CHECK(thrown.what() == gone.message());
    CHECK(thrown.code() == condition::peer_died);
  }
}

TEST_CASE("what or_throw throws is a std::system_error", "[throw]") {
  const error late{.condition = condition::timed_out, .operation = "read"};
  try {
    strait::or_throw(result<int>{std::unexpected{late}});
    FAIL("nothing was thrown");
  } catch (const std::system_error& thrown) {
    CHECK(thrown.code() == std::errc::timed_out);
    CHECK(thrown.what() == std::string{"read: timed out"});
  }
}
