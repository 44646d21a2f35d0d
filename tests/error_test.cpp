// SPDX-License-Identifier: MIT
#include <strait/error.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::condition;
using strait::error;

namespace {

// How many bytes a character has that begins with `lead`; 0 if none does.
std::size_t size_of_character(unsigned char lead) {
  if (lead < 0x80U) return 1;
  if (lead < 0xC0U) return 0;
  if (lead < 0xE0U) return 2;
  return lead < 0xF0U ? 3 : 4;
}

// Whether every character of `text` is whole.
bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto size = size_of_character(static_cast<unsigned char>(text[0]));
    if (size == 0 || size > text.size()) return false;
    for (const char c : text.substr(1, size - 1)) {
      if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

std::string repeated(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += what;
  return text;
}

}  // namespace

TEST_CASE("an error says what was tried on what, what it means and what the system said",
          "[error]") {
  const error e{.condition = condition::no_such_file_or_directory,
                .native = 2,
                .operation = "start",
                .subject = std::string_view{"tool"}};

  CHECK(e.message() == "start 'tool': no such file or directory (" +
                           std::string{support::native_not_found()} + ")");
}

TEST_CASE("an error of the library itself claims no code of the system", "[error]") {
  const error e{.condition = condition::timed_out, .operation = "read"};

  CHECK(e.message() == "read: timed out");
}

TEST_CASE("an error without a subject quotes nothing", "[error]") {
  const error e{.condition = condition::corrupted, .native = 2, .operation = "open"};

  CHECK(e.message() == "open: corrupted (" + std::string{support::native_not_found()} + ")");
}

TEST_CASE("a system's code that has no name is told by its number", "[error]") {
  const error e{.condition = condition::io_error, .native = 54'321, .operation = "read"};

  CHECK(e.message().find("54321") != std::string::npos);
}

TEST_CASE("an error tells how much was done", "[error]") {
  const error e{.condition = condition::timed_out, .operation = "write all", .done = 123};

  CHECK(e.message().find("123 bytes") != std::string::npos);
}

TEST_CASE("an error is compared with a condition and with std::errc", "[error]") {
  const error e{.condition = condition::timed_out};

  CHECK(e == condition::timed_out);
  CHECK(e == std::errc::timed_out);
  CHECK(e != condition::broken_pipe);
  CHECK(e != std::errc::broken_pipe);
}

TEST_CASE("the conditions of std::errc are its equals", "[error]") {
  CHECK(strait::make_error_code(condition::broken_pipe) == std::errc::broken_pipe);
  CHECK(strait::make_error_code(condition::broken_pipe) == condition::broken_pipe);
  CHECK(std::make_error_code(std::errc::timed_out) == condition::timed_out);
  CHECK(strait::make_error_code(condition::timed_out) != condition::broken_pipe);
}

TEST_CASE("strait's own conditions are nobody else's", "[error]") {
  for (int value = static_cast<int>(condition::peer_died);
       value <= static_cast<int>(condition::unknown_host); ++value) {
    const auto code = strait::make_error_code(static_cast<condition>(value));
    CHECK(code == static_cast<condition>(value));
    CHECK(code.category() != std::generic_category());
    CHECK(code.category() == strait::make_error_code(condition::peer_died).category());
  }
}

TEST_CASE("each condition of strait's own is told in words of its own", "[error]") {
  std::set<std::string> told;
  for (int value = static_cast<int>(condition::peer_died);
       value <= static_cast<int>(condition::unknown_host); ++value) {
    const auto text = strait::make_error_code(static_cast<condition>(value)).message();
    CHECK_FALSE(text.empty());
    CHECK(told.insert(text).second);
    const error e{.condition = static_cast<condition>(value), .operation = "open"};
    CHECK(e.message() == "open: " + text);
  }
}

TEST_CASE("a subject is kept whole up to 47 bytes", "[error]") {
  const std::string whole(47, 'x');

  CHECK(strait::subject_name{whole}.text() == whole);
  CHECK(strait::subject_name{}.text().empty());
}

TEST_CASE("a longer subject is shortened in the middle", "[error]") {
  const auto name = "/a/very/long/way/to/" + std::string(60, '-') + "/the/end.sock";
  const auto kept = std::string{strait::subject_name{name}.text()};

  CHECK(kept.size() <= 47);
  CHECK(kept.starts_with("/a/very/long/way/to/"));
  CHECK(kept.ends_with("/the/end.sock"));
  CHECK(kept.find("...") != std::string::npos);
}

TEST_CASE("shortening cuts no character into pieces", "[error]") {
  for (const std::string_view letter : {"\xC3\xA9", "\xE6\xB5\xB7", "\xF0\x9F\x8C\x8A"}) {
    for (std::size_t before = 0; before < 8; ++before) {
      for (std::size_t length = 10; length < 60; ++length) {
        const auto name = std::string(before, 'x') + repeated(letter, length);
        const std::string kept{strait::subject_name{name}.text()};
        INFO(kept);
        REQUIRE(is_valid_utf8(kept));
        REQUIRE(kept.size() <= 47);
        REQUIRE(kept.size() >= std::min<std::size_t>(name.size(), 40));
      }
    }
  }
}

TEST_CASE("a subject that is not text at all is kept, too", "[error]") {
  const std::string rubbish(200, '\x80');

  CHECK(strait::subject_name{rubbish}.text().size() <= 47);
}

TEST_CASE("an error is copied byte by byte", "[error]") {
  STATIC_REQUIRE(std::is_trivially_copyable_v<error>);
  STATIC_REQUIRE(sizeof(error) <= 80);
}
