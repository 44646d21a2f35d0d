// SPDX-License-Identifier: MIT
// Processes as Windows has them: NTSTATUS, batch files, names that differ in case alone.
#include "support/win32/win32.hpp"

#include <strait/process.hpp>

#include <cstdint>
#include <string>
#include <utility>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/programs.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::utf8;
using support::why;

namespace {

const support::role ends_with{"win32.ends_with", [](support::role_args args) {
  ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(std::stoul(args[0], nullptr, 16)));
  return 0;
}};

const support::role lives{"win32.lives", [](support::role_args) {
  static_cast<void>(support::read_input());
  return 0;
}};

// The variables whose names are like the argument's but for the case, one "NAME=value" a line.
const support::role lists_variables{"win32.lists_variables", [](support::role_args args) {
  const auto wanted = support::widen(args[0]);
  wchar_t* const block = ::GetEnvironmentStringsW();
  for (const wchar_t* entry = block; *entry != L'\0';) {
    const std::wstring_view text{entry};
    entry += text.size() + 1;
    const std::wstring name{text.substr(0, text.find(L'=', 1))};
    if (::lstrcmpiW(name.c_str(), wanted.c_str()) == 0) {
      support::write_output(support::narrow(text) + "\n");
    }
  }
  ::FreeEnvironmentStringsW(block);
  return 0;
}};

strait::exit_status ntstatus(std::uint32_t value) {
  return {.how = strait::exit_status::kind::ntstatus, .value = value};
}

}  // namespace

TEST_CASE("an exception's NTSTATUS is no exit code", "[process][win32]") {
  CHECK(support::outcome_of(ends_with.command({"C0000005"})) == ntstatus(0xC0000005));
  CHECK(support::outcome_of(ends_with.command({"80000003"})) == ntstatus(0x80000003));
}

TEST_CASE("a large exit code is no NTSTATUS", "[process][win32]") {
  CHECK(support::outcome_of(ends_with.command({"FFFFFFFF"})) == exit_code(0xFFFFFFFF));
  CHECK(support::outcome_of(ends_with.command({"10000"})) == exit_code(0x10000));
}

TEST_CASE("a child that is no strait program is killed when grace is over", "[process][win32]") {
  auto command = lives.command();
  command.input = strait::redirect::pipe();
  auto child = support::start(command);

  CHECK(child.stop(20ms) == support::killed_by_strait());
}

TEST_CASE("batch files are refused, however their names are written", "[process][win32]") {
  const support::temp_directory directory;
  support::make_file(directory / u8"tool.bat", "@exit /b 3\r\n");
  support::make_file(directory / u8"tool.cmd", "@exit /b 3\r\n");
  const auto folder = utf8(directory.path());

  for (const char* name :
       {"tool.bat", "tool.cmd", "tool.BAT", "tool.Cmd", "tool.bat ", "tool.bat.", "tool.cmd. ."}) {
    const auto child = strait::spawn({.program = folder + "\\" + name, .args = {"\"&calc"}});
    INFO(name);
    CHECK(why(child) == std::errc::not_supported);
  }
}

TEST_CASE("a batch file in PATH is refused, too", "[process][win32]") {
  const support::temp_directory directory;
  support::make_file(directory / u8"strait-test-tool.bat", "@exit /b 3\r\n");
  const support::path_for_a_while path{directory.path()};

  CHECK(why(strait::spawn({.program = "strait-test-tool.bat"})) == std::errc::not_supported);
}

TEST_CASE("the ending .exe may be left out, in PATH and in paths", "[process][win32]") {
  const support::temp_directory directory;
  const support::program_copy copy{directory.path(), u8"strait-test-tool"};
  const support::path_for_a_while path{directory.path()};
  auto command = ends_with.command({"7"});

  for (const auto& name : {std::string{"strait-test-tool"}, std::string{"strait-test-tool.exe"},
                           utf8(directory / u8"strait-test-tool"), utf8(copy.path())}) {
    command.program = name;
    CHECK(support::outcome_of(command) == exit_code(7));
  }
}

TEST_CASE("names of variables that differ in case alone are the same", "[process][win32]") {
  const support::variable_for_a_while ours{"STRAIT_Test_Case", "old"};
  auto command = lists_variables.command({"STRAIT_TEST_CASE"});
  command.environment = {{.name = "strait_test_case", .value = "new"}};

  CHECK(or_throw(strait::run(command, {}, soon)).output == "strait_test_case=new\n");
  command.environment = {{.name = "strait_test_CASE", .value = std::nullopt}};
  CHECK(or_throw(strait::run(command, {}, soon)).output.empty());
}

TEST_CASE("the end of a child can be waited for by WaitForSingleObject", "[process][win32]") {
  auto command = lives.command();
  command.input = strait::redirect::pipe();
  auto child = support::start(command);

  CHECK(::WaitForSingleObject(child.native(), 20) == WAIT_TIMEOUT);
  REQUIRE(child.input.close());
  CHECK(::WaitForSingleObject(child.native(), 20'000) == WAIT_OBJECT_0);
  CHECK(child.wait(0ms) == exit_code(0));
}

TEST_CASE("text that is not UTF-8 is refused", "[process][win32]") {
  auto command = ends_with.command({"0"});
  command.args.emplace_back("\xFF\xFE");

  CHECK(why(strait::spawn(command)) == std::errc::illegal_byte_sequence);
}
