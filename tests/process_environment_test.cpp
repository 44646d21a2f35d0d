// SPDX-License-Identifier: MIT
// What surrounds a child: its environment, its directory, and where its program is looked for.
#include <strait/process.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/programs.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::or_throw;
using support::chars;
using support::exit_code;
using support::soon;
using support::utf8;
using support::why;

namespace {

// "NAME=value" or "NAME", for each name in the arguments.
const support::role tells_variables{"environment.tells_variables", [](support::role_args args) {
  for (const auto& name : args) {
    const auto value = support::environment_variable(name);
    support::write_output(value ? name + "=" + *value + "\n" : name + "\n");
  }
  return 0;
}};

const support::role tells_directory{"environment.tells_directory", [](support::role_args) {
  support::write_output(utf8(std::filesystem::current_path()));
  return 0;
}};

const support::role succeeds{"environment.succeeds", [](support::role_args) { return 0; }};

std::string output_of(const strait::command& c) {
  const auto all = or_throw(strait::run(c, {}, soon));
  CHECK(all.status == exit_code(0));
  CHECK(all.errors.empty());
  return all.output;
}

}  // namespace

TEST_CASE("a child inherits the environment", "[process]") {
  const support::variable_for_a_while ours{"STRAIT_TEST_OURS", "from the parent"};

  CHECK(output_of(tells_variables.command({"STRAIT_TEST_OURS"})) ==
        "STRAIT_TEST_OURS=from the parent\n");
}

TEST_CASE("a child's environment is changed without changing ours", "[process]") {
  const support::variable_for_a_while ours{"STRAIT_TEST_OURS", "old"};
  auto command = tells_variables.command({"STRAIT_TEST_OURS", "STRAIT_TEST_NEW"});
  command.environment = {{.name = "STRAIT_TEST_NEW", .value = "a=b; c"},
                         {.name = "STRAIT_TEST_OURS", .value = "new"}};

  CHECK(output_of(command) == "STRAIT_TEST_OURS=new\nSTRAIT_TEST_NEW=a=b; c\n");
  CHECK(support::environment_variable("STRAIT_TEST_OURS") == "old");
  CHECK_FALSE(support::environment_variable("STRAIT_TEST_NEW"));
}

TEST_CASE("a variable is taken away from a child", "[process]") {
  const support::variable_for_a_while ours{"STRAIT_TEST_OURS", "old"};
  auto command = tells_variables.command({"STRAIT_TEST_OURS", "STRAIT_TEST_NONE"});
  command.environment = {{.name = "STRAIT_TEST_OURS", .value = std::nullopt},
                         {.name = "STRAIT_TEST_NONE", .value = std::nullopt}};

  CHECK(output_of(command) == "STRAIT_TEST_OURS\nSTRAIT_TEST_NONE\n");
}

TEST_CASE("the last change to a variable counts", "[process]") {
  auto command = tells_variables.command({"STRAIT_TEST_A", "STRAIT_TEST_B"});
  command.environment = {{.name = "STRAIT_TEST_A", .value = "1"},
                         {.name = "STRAIT_TEST_B", .value = "1"},
                         {.name = "STRAIT_TEST_A", .value = "2"},
                         {.name = "STRAIT_TEST_B", .value = std::nullopt}};

  CHECK(output_of(command) == "STRAIT_TEST_A=2\nSTRAIT_TEST_B\n");
}

TEST_CASE("a child gets the named variables alone on wish", "[process]") {
  const support::variable_for_a_while ours{"STRAIT_TEST_OURS", "old"};
  auto command = tells_variables.command({"STRAIT_TEST_OURS", "STRAIT_TEST_NEW"});
  command.inherit_environment = false;
  command.environment = support::what_programs_need();
  command.environment.push_back({.name = "STRAIT_TEST_NEW", .value = "new"});

  CHECK(output_of(command) == "STRAIT_TEST_OURS\nSTRAIT_TEST_NEW=new\n");
}

TEST_CASE("text beyond ASCII reaches a child's environment", "[process]") {
  const auto value = chars(u8"Meerenge, détroit, пролив, 海峡, 🌊");
  auto command = tells_variables.command({chars(u8"STRAIT_TEST_ÉCOLE")});
  command.environment = {{.name = chars(u8"STRAIT_TEST_ÉCOLE"), .value = value}};

  CHECK(output_of(command) == chars(u8"STRAIT_TEST_ÉCOLE=") + value + "\n");
}

TEST_CASE("a variable without a name, or with = in it, is refused", "[process]") {
  auto command = succeeds.command();
  command.environment = {{.name = "", .value = "x"}};
  CHECK(why(strait::spawn(command)) == std::errc::invalid_argument);
  command.environment = {{.name = "A=B", .value = "x"}};
  CHECK(why(strait::spawn(command)) == std::errc::invalid_argument);
}

TEST_CASE("a child starts in its parent's directory, or in its own", "[process]") {
  const support::temp_directory directory{u8"-пролив 海峡"};
  auto command = tells_directory.command();
  CHECK(output_of(command) == utf8(std::filesystem::current_path()));

  command.directory = utf8(directory.path());
  CHECK(std::filesystem::equivalent(support::path_of(output_of(command)), directory.path()));
}

TEST_CASE("a program is found in PATH", "[process]") {
  const support::temp_directory directory;
  const support::program_copy copy{directory.path(), u8"strait-test-tool"};
  auto command = succeeds.command();
  command.program = "strait-test-tool";
  CHECK(why(strait::spawn(command)) == std::errc::no_such_file_or_directory);

  const support::path_for_a_while path{directory.path()};
  CHECK(support::outcome_of(command).success());
}

TEST_CASE("a program is looked for in this process's PATH and not in the child's", "[process]") {
  const support::temp_directory directory;
  const support::program_copy copy{directory.path(), u8"strait-test-tool"};
  auto command = succeeds.command();
  command.program = "strait-test-tool";
  command.environment = {{.name = "PATH", .value = utf8(directory.path())}};

  CHECK(why(strait::spawn(command)) == std::errc::no_such_file_or_directory);
}

TEST_CASE("a bare name is not looked for in the current directory", "[process]") {
  const support::temp_directory directory;
  const support::program_copy copy{directory.path(), u8"strait-test-tool"};
  const support::directory_for_a_while here{directory.path()};
  auto command = succeeds.command();
  command.program = "strait-test-tool";

  CHECK(why(strait::spawn(command)) == std::errc::no_such_file_or_directory);
  command.program = "./strait-test-tool";
  CHECK(support::outcome_of(command).success());
}

TEST_CASE("a relative program is relative to us, also if the child starts elsewhere", "[process]") {
  const support::temp_directory home;
  const support::temp_directory elsewhere;
  const support::program_copy copy{home.path(), u8"strait-test-tool"};
  const support::directory_for_a_while here{home.path()};
  auto command = tells_directory.command();
  command.program = "./strait-test-tool";
  command.directory = utf8(elsewhere.path());

  CHECK(std::filesystem::equivalent(support::path_of(output_of(command)), elsewhere.path()));
}

TEST_CASE("the ending of a program's name is optional where there is one", "[process]") {
  const support::temp_directory directory;
  const support::program_copy copy{directory.path(), u8"tool.v2"};
  auto command = succeeds.command();

  command.program = utf8(directory / u8"tool.v2");
  CHECK(support::outcome_of(command).success());
  command.program = utf8(copy.path());
  CHECK(support::outcome_of(command).success());
}

TEST_CASE("names beyond ASCII are names of programs, of arguments and of directories",
          "[process]") {
  const support::temp_directory directory{u8"-détroit 海峡"};
  const support::program_copy copy{directory.path(), u8"пролив 🌊"};
  auto command = tells_directory.command({chars(u8"Straße")});
  command.program = utf8(copy.path());
  command.directory = utf8(directory.path());

  CHECK(std::filesystem::equivalent(support::path_of(output_of(command)), directory.path()));
}
