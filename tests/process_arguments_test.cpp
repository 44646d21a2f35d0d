// SPDX-License-Identifier: MIT
// Arguments reach a program word for word.
#include <strait/process.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::or_throw;
using support::chars;
using support::soon;
using words = std::vector<std::string>;

namespace {

std::string counted(support::role_args args) {
  std::string all;
  for (const auto& arg : args) all += std::to_string(arg.size()) + ":" + arg + ",";
  return all;
}

const support::role echoes{"arguments.echoes", [](support::role_args args) {
  support::write_output(counted(args));
  return 0;
}};

std::string echo(const words& args) {
  const auto all = or_throw(strait::run(echoes.command(args), {}, soon));
  return all.status.success() ? all.output : all.errors + all.status.message();
}

// What shells, C libraries and command lines have ever given a meaning to.
const std::vector<std::string> nasty_pieces{
    "",      "a",    "Z",  "0",    " ",    "  ",     "\t",   "\n",     "\r\n",   "\v", "\"",
    "\"\"",  "'",    "`",  "\\",   "\\\\", "\\\\\\", "\\\"", "\\\\\"", "/",      "%",  "%PATH%",
    "$PATH", "$(x)", "^",  "&",    "|",    "<",      ">",    "(",      ")",      "{",  "}",
    "[",     "]",    "*",  "?",    "!",    "#",      ";",    ",",      "=",      "~",  "@",
    ":",     "-",    "--", "\x01", "\x7f", ".",      "..",   "C:\\",   "\\\\?\\"};

std::string random_word(std::mt19937& dice) {
  static const std::vector<std::string> beyond_ascii{chars(u8"é"), chars(u8"海"), chars(u8"🌊")};
  std::string word;
  for (auto left = dice() % 8; left > 0; --left) {
    const bool plain = dice() % 8 != 0;
    const auto& from = plain ? nasty_pieces : beyond_ascii;
    word += from[dice() % from.size()];
  }
  return word;
}

}  // namespace

TEST_CASE("ordinary arguments arrive", "[process]") {
  const words args{"one", "two words", "--three=3"};

  CHECK(echo(args) == counted(args));
}

TEST_CASE("no arguments are no arguments", "[process]") {
  CHECK(echo({}).empty());
}

TEST_CASE("empty arguments arrive", "[process]") {
  const words args{"", "", "x", ""};

  CHECK(echo(args) == counted(args));
}

TEST_CASE("quotes, backslashes and spaces arrive in any order", "[process]") {
  const words args{"\\",      "\\\\",      "\"",        "\\\"",      "\\\\\"", "a b\\",  "a b\\\\",
                   "\"a b\"", "a\\ b\\\"", "\\\\\\\" ", "c:\\dir\\", "\" \\",  "a\"\"b", "\t\\\t"};

  CHECK(echo(args) == counted(args));
}

TEST_CASE("nothing in an argument is expanded", "[process]") {
  const words args{"%PATH%", "$PATH", "*", "?", "~", "`echo`", "$(echo)", "^&|<>", "!!", "a;b"};

  CHECK(echo(args) == counted(args));
}

TEST_CASE("line ends and control characters arrive", "[process]") {
  const words args{"a\nb", "\n", "\r\n", "\x01\x02\x1f\x7f", "\v\f"};

  CHECK(echo(args) == counted(args));
}

TEST_CASE("text beyond ASCII arrives", "[process]") {
  const words args{chars(u8"détroit"), chars(u8"海峡"), chars(u8"пролив \"🌊\""),
                   chars(u8"e\u0301")};

  CHECK(echo(args) == counted(args));
}

TEST_CASE("a long argument arrives", "[process]") {
  const words args{std::string(8'000, 'x') + "\"", std::string(8'000, '\\')};

  CHECK(echo(args) == counted(args));
}

TEST_CASE("random lists of arguments arrive", "[process]") {
  std::mt19937 dice{42};  // NOLINT(bugprone-random-generator-seed): the same lists each time
  for (auto lists = support::scaled(10'000, 50); lists > 0; --lists) {
    words args(dice() % 6);
    for (auto& arg : args) arg = random_word(dice);

    REQUIRE(echo(args) == counted(args));
  }
}
