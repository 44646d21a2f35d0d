// SPDX-License-Identifier: MIT
// The tests' own tools do what tests rely on. The hidden tests here are what they are tried on.
#include <string>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;

namespace {

strait::captured test_program(std::vector<std::string> args) {
  return strait::or_throw(
      strait::run({.program = strait::or_throw(strait::program_path()), .args = std::move(args)},
                  {}, support::soon));
}

const support::role thrower{"support.thrower", [](support::role_args) -> int {
  throw std::runtime_error{"the role's own words"};
}};

const support::role victim{"support.victim", [](support::role_args) {
  support::kill_this_process();
  return 0;
}};

const support::role dies_at_fail_point{"support.dies_at_fail_point", [](support::role_args) {
  support::kill_at(1);
  static_cast<void>(strait::spawn(victim.command()));
  return 0;
}};

// Several: a system may close one of its own in the same moment.
void leak_handles() {
  for (int i = 0; i < 8; ++i) {
    static_cast<void>(strait::or_throw(strait::pipe::create()).reader.release().release());
  }
}

}  // namespace

TEST_CASE("hidden: it leaks handles", "[.][hidden]") {
  leak_handles();
}

TEST_CASE("hidden: it keeps something at first, and then no more", "[.][hidden]") {
  static int times = strait::on_windows ? 3 : 1;
  if (times-- > 0) leak_handles();
}

TEST_CASE("hidden: it is skipped", "[.][hidden]") {
  return support::skip("no reason at all");
}

TEST_CASE("hidden: it fails, and is skipped", "[.][hidden]") {
  CHECK(1 == 2);
  return support::skip("no reason at all");
}

TEST_CASE("hidden: it has, [odd]; characters*", "[.][hidden]") {
  SUCCEED();
}

TEST_CASE("a test that leaves a handle open fails", "[support]") {
  const auto run = test_program({"--exactly", "hidden: it leaks handles"});

  CHECK(run.status == support::exit_code(1));
  CHECK(run.output.find("LEAKED: hidden: it leaks handles") != std::string::npos);
  CHECK(run.output.find("strait_tests: 0 passed, 1 failed, 0 skipped") != std::string::npos);
}

TEST_CASE("what is kept now and then is no leak", "[support]") {
  const auto run = test_program(
      {"--exactly", "hidden: it keeps something at first, and then no more"});

  CHECK(run.status.success());
  CHECK(run.output.find("strait_tests: 1 passed, 0 failed, 0 skipped") != std::string::npos);
}

TEST_CASE("a skipped test is counted, with its reason", "[support]") {
  const auto run = test_program({"--exactly", "hidden: it is skipped"});

  CHECK(run.status.success());
  CHECK(run.output.find("SKIPPED: hidden: it is skipped: no reason at all") != std::string::npos);
  CHECK(run.output.find("strait_tests: 0 passed, 0 failed, 1 skipped") != std::string::npos);
}

TEST_CASE("a test that failed is not taken for a skipped one", "[support]") {
  const auto run = test_program({"--exactly", "hidden: it fails, and is skipped"});

  CHECK_FALSE(run.status.success());
  CHECK(run.output.find("SKIPPED") == std::string::npos);
}

TEST_CASE("a test is found by its exact name alone", "[support]") {
  CHECK(test_program({"--exactly", "hidden: it has, [odd]; characters*"}).status.success());
  CHECK_FALSE(test_program({"--exactly", "hidden: it has, [odd]; characters*!"}).status.success());
  CHECK_FALSE(test_program({"--exactly", "hidden: it*"}).status.success());
}

TEST_CASE("ctest gets the names of all tests but the hidden ones", "[support]") {
  const auto run = test_program({"--list-tests-for-ctest"});

  CHECK(run.status.success());
  CHECK(run.output.find("a test is found by its exact name alone") != std::string::npos);
  CHECK(run.output.find("hidden: it") == std::string::npos);
}

TEST_CASE("a role that throws tells why, and fails", "[support]") {
  const auto run = strait::or_throw(strait::run(thrower.command(), {}, support::soon));

  CHECK(run.status == support::exit_code(90));
  CHECK(run.errors.find("the role's own words") != std::string::npos);
}

TEST_CASE("nobody plays a role that does not exist", "[support]") {
  CHECK(test_program({"--role", "support.nobody"}).status == support::exit_code(92));
}

TEST_CASE("a process that kills itself looks killed", "[support]") {
  CHECK(support::outcome_of(victim.command()) == support::killed_hard());
}

TEST_CASE("a fail point of the library kills on wish", "[support]") {
  CHECK(support::outcome_of(dies_at_fail_point.command()) == support::killed_hard());
}
