// SPDX-License-Identifier: MIT
// Why a process does not start: errors of spawn itself, after which nothing is left.
#include <strait/process.hpp>

#include <string>
#include <utility>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

const support::role returns{"errors.returns", [](support::role_args) { return 0; }};

}  // namespace

TEST_CASE("a program that does not exist is an error of spawn that names it", "[process]") {
  const auto child = strait::spawn({.program = "strait-no-such-program"});

  CHECK(why(child) == std::errc::no_such_file_or_directory);
  CHECK(why(child).subject.text() == "strait-no-such-program");
  CHECK(why(child).message().starts_with("start 'strait-no-such-program': no such file"));
}

TEST_CASE("a path to no program is an error of spawn that names it", "[process]") {
  const support::temp_directory directory;

  const auto child = strait::spawn({.program = support::utf8(directory / u8"tool")});
  CHECK(why(child) == std::errc::no_such_file_or_directory);
  CHECK(why(strait::spawn({.program = support::utf8(directory / u8"no/tool")})) ==
        std::errc::no_such_file_or_directory);
}

TEST_CASE("a file that is no program is an error of spawn", "[process]") {
  const support::temp_directory directory;
  const auto text = directory / u8"text.txt";
  support::make_file(text, "This is not a program.\n");

  const auto child = strait::spawn({.program = support::utf8(text)});

  CHECK((why(child) == std::errc::permission_denied ||
         why(child) == std::errc::executable_format_error));
}

TEST_CASE("a directory is no program", "[process]") {
  const support::temp_directory directory;

  const auto child = strait::spawn({.program = support::utf8(directory.path())});

  CHECK((why(child) == std::errc::permission_denied ||
         why(child) == std::errc::no_such_file_or_directory));
}

TEST_CASE("a directory that does not exist is an error of spawn that says so", "[process]") {
  const support::temp_directory directory;
  auto command = returns.command();
  command.directory = support::utf8(directory / u8"missing");

  const auto child = strait::spawn(command);

  CHECK(why(child) == std::errc::no_such_file_or_directory);
  CHECK(why(child).message().find("directory") < why(child).message().find(':'));
}

TEST_CASE("a file is no directory to start in", "[process]") {
  const support::temp_directory directory;
  support::make_file(directory / u8"file", "");
  auto command = returns.command();
  command.directory = support::utf8(directory / u8"file");

  CHECK(why(strait::spawn(command)) == std::errc::not_a_directory);
}

TEST_CASE("a zero byte is refused wherever a system could not pass it on", "[process]") {
  const std::string zero{"a\0b", 3};
  const auto good = returns.command();
  auto bad = good;
  bad.program = zero;
  CHECK(why(strait::spawn(bad)) == std::errc::invalid_argument);
  bad = good;
  bad.args.push_back(zero);
  CHECK(why(strait::spawn(bad)) == std::errc::invalid_argument);
  bad = good;
  bad.directory = zero;
  CHECK(why(strait::spawn(bad)) == std::errc::invalid_argument);
  bad = good;
  bad.environment = {{.name = zero, .value = "x"}};
  CHECK(why(strait::spawn(bad)) == std::errc::invalid_argument);
  bad.environment = {{.name = "X", .value = zero}};
  CHECK(why(strait::spawn(bad)) == std::errc::invalid_argument);
  bad = good;
  bad.output = strait::redirect::file(zero);
  CHECK(why(strait::spawn(bad)) == std::errc::invalid_argument);
}

TEST_CASE("no program at all is refused", "[process]") {
  CHECK(why(strait::spawn({.program = ""})) == std::errc::invalid_argument);
}

TEST_CASE("more arguments than a system takes are an error of spawn", "[process]") {
  auto command = returns.command();
  command.args.insert(command.args.end(), 64, std::string(1024 * 1024, 'x'));

  const auto child = strait::spawn(command);

  CHECK((why(child) == std::errc::argument_list_too_long ||
         why(child) == std::errc::filename_too_long));
}

TEST_CASE("a spawn that failed closes nothing it was to give, and can be repeated", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  strait::command command{.program = "strait-no-such-program"};
  command.output = strait::redirect::pipe();
  command.give.emplace_back("life", std::move(writer));
  REQUIRE_FALSE(strait::spawn(command));

  std::byte one{};
  CHECK(why(reader.read({&one, 1}, 5ms)) == std::errc::timed_out);
  const auto good = returns.command();
  command.program = good.program;
  command.args = good.args;
  auto child = support::start(command);
  CHECK(support::end_of(child).success());
  CHECK(reader.read({&one, 1}, soon) == 0);
}
