// SPDX-License-Identifier: MIT
#include <strait/shared_file.hpp>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/files.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::append_record;
using strait::appender;
using strait::as_bytes;
using strait::condition;
using strait::file_lock;
using strait::or_throw;
using strait::replace_file;
using support::file_place;
using support::soon;
using support::why;

namespace {

/// How many files are in the directory of this one.
std::ptrdiff_t files_beside(const file_place& place) {
  const std::filesystem::directory_iterator all{place.directory.path()};
  return std::distance(begin(all), end(all));
}

}  // namespace

TEST_CASE("records come one after the other, in a file that is made for them", "[shared_file]") {
  const file_place place;
  CHECK(append_record(place.path, as_bytes("first\n")));
  auto file = or_throw(appender::open(place.path));
  CHECK(file.append(as_bytes("second\n")));
  CHECK(append_record(place.path, as_bytes("third\n"), 1s));
  CHECK(file.append(as_bytes("fourth\n"), soon));
  CHECK(file.append({}));  // which is nothing
  CHECK(place.content() == "first\nsecond\nthird\nfourth\n");
}

TEST_CASE("each record ends with its mark, and has no other", "[shared_file]") {
  const file_place place;
  auto file = or_throw(appender::open(place.path));
  for (const auto* wrong : {"no end", "two\nlines\n", "\n\n", "\nx"}) {
    CHECK(why(file.append(as_bytes(wrong))) == condition::invalid_argument);
  }
  CHECK(file.append(as_bytes("\n")));
  auto other = or_throw(appender::open(place.path, {.mark = ';'}));
  CHECK(why(other.append(as_bytes("line\n"))) == condition::invalid_argument);
  CHECK(other.append(as_bytes("two\nlines;")));
  // Where the mark is missing, the rest is ended.
  CHECK(place.content() == "\n\x18;two\nlines;");
}

TEST_CASE("records without a mark are any bytes", "[shared_file]") {
  const file_place place{"begun"};
  auto file = or_throw(appender::open(place.path, {.mark = {}}));
  CHECK(file.append(as_bytes(" and")));
  CHECK(file.append(as_bytes("\n")));
  CHECK(file.append(as_bytes("ended")));
  CHECK(place.content() == "begun and\nended");
}

TEST_CASE("what a killed writer left of a record becomes part of no other", "[shared_file]") {
  const file_place place{"whole\nhal"};
  auto file = or_throw(appender::open(place.path));
  CHECK(file.append(as_bytes("next\n")));
  CHECK(place.content() == "whole\nhal\x18\nnext\n");
  support::make_file(support::path_of(place.path), "again\nhal");
  CHECK(file.append(as_bytes("more\n")));
  CHECK(place.content() == "again\nhal\x18\nmore\n");
}

TEST_CASE("who has a lock on a file keeps out those who append", "[shared_file]") {
  const file_place place;
  auto lock = or_throw(file_lock::open(place.path));
  auto file = or_throw(appender::open(place.path));
  {
    const auto reading = or_throw(lock.lock_shared());
    const auto said = why(file.append(as_bytes("now\n"), 10ms));
    CHECK(said == condition::timed_out);
    CHECK(std::string_view{said.operation} == "append to file");
    std::stop_source stop;
    stop.request_stop();
    CHECK(why(file.append(as_bytes("now\n"), stop.get_token())) == condition::operation_canceled);
    CHECK(place.content().empty());
  }
  CHECK(file.append(as_bytes("then\n"), 0ms));
  CHECK(place.content() == "then\n");
}

TEST_CASE("records can be flushed as far as one likes", "[shared_file]") {
  const file_place place;
  for (const auto how : {strait::durability::ordered, strait::durability::full}) {
    CHECK(append_record(place.path, as_bytes("flushed\n"), {}, {.flush = how}));
  }
  CHECK(place.content() == "flushed\nflushed\n");
}

TEST_CASE("threads append whole records", "[shared_file]") {
  const file_place place;
  const auto rounds = support::scaled(2000, 20);
  {
    std::vector<std::jthread> threads;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
      threads.emplace_back([&, letter] {
        auto file = or_throw(appender::open(place.path));
        for (std::size_t i = 0; i < rounds; ++i) {
          or_throw(file.append(as_bytes(std::string((i % 50) + 1, letter) + "\n"), soon));
        }
      });
    }
  }
  std::size_t lines = 0;
  std::istringstream all{place.content()};
  for (std::string line; std::getline(all, line); ++lines) {
    CHECK(line.find_first_not_of(line.front()) == std::string::npos);
  }
  CHECK(lines == 4 * rounds);
}

TEST_CASE("what cannot be appended to says so", "[shared_file]") {
  const file_place place;
  CHECK(why(appender::open(place.path, {.create = false})) == condition::no_such_file_or_directory);
  CHECK(why(appender::open(support::utf8(place.directory.path()))) == condition::is_a_directory);
  CHECK(why(append_record(place.path + "/none/x", as_bytes("x\n"))) ==
        condition::no_such_file_or_directory);
  appender closed;
  CHECK_FALSE(closed);
  CHECK(why(closed.append(as_bytes("x\n"))) == condition::bad_file_descriptor);
}

TEST_CASE("a file is replaced as a whole, or made", "[shared_file]") {
  const file_place place;
  for (const auto how : {strait::durability::ordered, strait::durability::full}) {
    for (const std::string& text : {std::string{"short"}, std::string(300'000, 'x'), std::string{},
                                    std::string{"and\nmore\n"}}) {
      REQUIRE(replace_file(place.path, as_bytes(text), soon, {.flush = how}));
      CHECK((place.content() == text));
    }
  }
  CHECK(files_beside(place) == 1);
}

TEST_CASE("a file is replaced by a name without a directory, too", "[shared_file]") {
  const file_place place{"old"};
  const support::directory_for_a_while there{place.directory.path()};
  CHECK(replace_file("a name", as_bytes("new")));
  CHECK(replace_file("a name", as_bytes("newer")));
  CHECK(support::content_of("a name") == "newer");
}

TEST_CASE("what killed processes left beside a file is taken away, and nothing else",
          "[shared_file]") {
  const file_place place{"old"};
  const auto beside = [&](const std::string& ending) {
    return support::path_of(place.path + ending);
  };
  const std::vector<std::string> others{
      "~strait-", "~strait-0123456789abcdeX", "~strait-0123456789abcdef0", "~", ".old",
      "0~strait-"};
  for (const auto& ending : others) support::make_file(beside(ending), "not ours");
  support::make_file(beside("~strait-0123456789abcdef"), "left behind");
  support::make_file(beside("~strait-fedcba9876543210"), "");

  REQUIRE(replace_file(place.path, as_bytes("new")));

  CHECK_FALSE(std::filesystem::exists(beside("~strait-0123456789abcdef")));
  CHECK_FALSE(std::filesystem::exists(beside("~strait-fedcba9876543210")));
  for (const auto& ending : others) CHECK(support::content_of(beside(ending)) == "not ours");
}

TEST_CASE("what a living process has beside a file is left alone", "[shared_file]") {
  const file_place place{"old"};
  for (const auto* const step : {"replace: made aside", "replace: written", "replace: flushed"}) {
    const support::pause_at paused{step};
    strait::result<> first;
    {
      const std::jthread slow{[&] { first = replace_file(place.path, as_bytes("slow")); }};
      REQUIRE(paused.wait_for_one());
      CHECK(replace_file(place.path, as_bytes("fast")));
      CHECK(place.content() == "fast");
      paused.let_go();
    }
    CHECK(first);
    CHECK(place.content() == "slow");
    CHECK(files_beside(place) == 1);
  }
}

TEST_CASE("who has a file open that is replaced goes on reading the old one", "[shared_file]") {
  if (support::under_wine()) return support::skip("Wine 8 cannot rename over an open file");
  const file_place place{"old"};
  const auto open = support::open_file(place.path);
  CHECK(replace_file(place.path, as_bytes("new"), 0ms));
  CHECK(support::beginning_of(open.get()) == "old");
  CHECK(place.content() == "new");
}

TEST_CASE("a link leads to the file that is replaced, and stays", "[shared_file]") {
  const file_place place{"old"};
  const auto link = place.directory / u8"link";
  std::error_code failed;
  std::filesystem::create_symlink(support::path_of(place.path).filename(), link, failed);
  if (failed) return support::skip("this user may not make symbolic links");
  if (support::under_wine()) return support::skip("Wine 8 makes links of its own kind");

  CHECK(replace_file(support::utf8(link), as_bytes("new")));

  CHECK(std::filesystem::is_symlink(link));
  CHECK(place.content() == "new");
  std::filesystem::remove(support::path_of(place.path));
  CHECK(why(replace_file(support::utf8(link), as_bytes("new"))) ==
        condition::no_such_file_or_directory);
}

TEST_CASE("what cannot be replaced says so, and stays as it is", "[shared_file]") {
  const file_place place{"old"};
  CHECK(why(replace_file(support::utf8(place.directory.path()), as_bytes("x"))) ==
        condition::is_a_directory);
  CHECK(why(replace_file(place.path + "/none/x", as_bytes("x"))) ==
        (strait::on_windows ? condition::no_such_file_or_directory : condition::not_a_directory));
  CHECK(why(replace_file(place.path + ".none/x", as_bytes("x"))) ==
        condition::no_such_file_or_directory);
  CHECK(why(replace_file("", as_bytes("x"))) == condition::no_such_file_or_directory);
  CHECK(why(replace_file(std::string_view{"a\0b", 3}, as_bytes("x"))) ==
        condition::invalid_argument);
  std::stop_source stop;
  stop.request_stop();
  CHECK(why(replace_file(place.path, as_bytes("x"), stop.get_token())) ==
        condition::operation_canceled);
  CHECK(place.content() == "old");
  CHECK(files_beside(place) == 1);
}
