// SPDX-License-Identifier: MIT
// What POSIX can start: scripts too, if they say how.
#include <strait/process.hpp>

#include <sys/stat.h>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using strait::or_throw;
using support::exit_code;
using support::soon;
using support::utf8;
using support::why;

TEST_CASE("a script is a program", "[process][posix]") {
  const support::temp_directory directory;
  const auto script = directory / u8"script";
  support::make_file(script, "#!/bin/sh\necho \"$1\"\nexit 3\n");
  REQUIRE(::chmod(script.c_str(), 0700) == 0);

  const auto all = or_throw(strait::run({.program = utf8(script), .args = {"a b"}}, {}, soon));

  CHECK(all.output == "a b\n");
  CHECK(all.status == exit_code(3));
}

TEST_CASE("a file that is not executable is permission_denied", "[process][posix]") {
  const support::temp_directory directory;
  const auto script = directory / u8"script";
  support::make_file(script, "#!/bin/sh\n");
  REQUIRE(::chmod(script.c_str(), 0600) == 0);

  CHECK(why(strait::spawn({.program = utf8(script)})) == std::errc::permission_denied);
}

TEST_CASE("a script without its interpreter is an error of spawn", "[process][posix]") {
  const support::temp_directory directory;
  const auto script = directory / u8"script";
  support::make_file(script, "#!/no/such/interpreter\n");
  REQUIRE(::chmod(script.c_str(), 0700) == 0);

  CHECK(why(strait::spawn({.program = utf8(script)})) == std::errc::no_such_file_or_directory);
}

TEST_CASE("what is no program at all is executable_format_error", "[process][posix]") {
  const support::temp_directory directory;
  const auto text = directory / u8"text";
  support::make_file(text, "This is not a program.\n");
  REQUIRE(::chmod(text.c_str(), 0700) == 0);

  CHECK(why(strait::spawn({.program = utf8(text)})) == std::errc::executable_format_error);
}
