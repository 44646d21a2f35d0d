// SPDX-License-Identifier: MIT
// Files that several processes write, some of which are killed while they do.
#include <strait/shared_file.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/files.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::appender;
using strait::as_bytes;
using strait::or_throw;
using strait::replace_file;
using support::file_place;
using support::soon;

namespace {

constexpr std::byte yes{1};

// "WRITER NUMBER xxxx...\n": so long that systems write it bit by bit.
std::string record(const std::string& writer, std::size_t number, std::size_t size) {
  return writer + ' ' + std::to_string(number) + ' ' + std::string(size, writer.back()) + '\n';
}

// Appends so many records of one size; tells of each if somebody listens.
const support::role writer{"file-writer", [](support::role_args args) {
  const auto& path = args[0];
  const auto& name = args[1];
  const auto count = std::stoul(args[2]);
  const auto size = std::stoul(args[3]);
  auto parent = strait::inherited<strait::pipe_writer>("told");
  auto file = or_throw(appender::open(path));
  for (std::size_t number = 0; number < count; ++number) {
    or_throw(file.append(as_bytes(record(name, number, size)), soon));
    if (parent) or_throw(write_all(*parent, {&yes, 1}, soon));
  }
  return 0;
}};

// Appends one record, and dies at the step it is told.
const support::role append_victim{"file-append-victim", [](support::role_args args) {
  support::kill_at(std::stoul(args[1]));
  or_throw(strait::append_record(args[0], as_bytes("victim\n"), soon));
  return 0;
}};

// Gives the file its content again and again, each time other bytes, all of them the same.
const support::role replacer{"file-replacer", [](support::role_args args) {
  auto parent = strait::inherited<strait::pipe_writer>("told");
  std::size_t size = 0;
  for (auto rounds = std::stoul(args[1]); rounds > 0; --rounds) {
    size = ((size * 7 + 4099) % 100'000) + 1;
    const std::string content(size, args[2].front());
    or_throw(replace_file(args[0], as_bytes(content), soon));
    if (parent) or_throw(write_all(*parent, {&yes, 1}, soon));
  }
  return 0;
}};

// Replaces the file, and dies at the step it is told.
const support::role replace_victim{"file-replace-victim", [](support::role_args args) {
  support::kill_at(std::stoul(args[1]));
  or_throw(replace_file(args[0], as_bytes("new"), soon, {.flush = strait::durability::full}));
  return 0;
}};

struct partner {
  strait::pipe_reader told;
  strait::child process;
};

partner start(const support::role& script, std::vector<std::string> args) {
  auto [ours, theirs] = or_throw(strait::pipe::create());
  auto c = script.command(std::move(args));
  c.give.emplace_back("told", std::move(theirs));
  return {.told = std::move(ours), .process = support::start(c)};
}

/// Kills it after it has told of so many; all that it has told of then.
std::size_t kill_after(partner& one, std::size_t many) {
  std::vector<std::byte> words(many);
  or_throw(read_exactly(one.told, words, soon));
  support::kill_hard(one.process.id());
  const auto told = many + support::rest_of(one.told).size();
  CHECK(support::end_of(one.process) == support::killed_hard());
  return told;
}

/// The records of each writer, in order; those that were never finished are counted alone.
struct found_records {
  std::map<std::string, std::size_t> whole;
  std::size_t unfinished = 0;
  bool is_as_written = true;

  found_records(const std::string& content, std::size_t size) {
    std::istringstream lines{content};
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\x18') || lines.eof()) {
        ++unfinished;
      } else {
        const auto name = line.substr(0, line.find(' '));
        is_as_written = is_as_written && line + '\n' == record(name, whole[name]++, size);
      }
    }
  }
};

std::ptrdiff_t files_beside(const file_place& place) {
  const std::filesystem::directory_iterator all{place.directory.path()};
  return std::distance(begin(all), end(all));
}

}  // namespace

TEST_CASE("eight processes append, and each record is whole, in order and there once",
          "[shared_file]") {
  for (const std::size_t size : {20U, 30'000U}) {
    const file_place place;
    const auto count = size < 100 ? support::scaled(5000, 20) : support::scaled(200, 5);
    std::vector<strait::child> children;
    for (const char name : std::string{"abcdefgh"}) {
      children.push_back(support::start(
          writer.command({place.path, {name}, std::to_string(count), std::to_string(size)})));
    }
    for (auto& child : children) CHECK(support::end_of(child) == support::exit_code(0));

    const found_records found{place.content(), size};
    CHECK(found.is_as_written);
    CHECK(found.unfinished == 0);
    CHECK(found.whole.size() == children.size());
    CHECK(std::ranges::all_of(found.whole, [&](auto& one) { return one.second == count; }));
  }
}

TEST_CASE("writers that are killed lose nothing that they have told, and tear no record of others",
          "[shared_file]") {
  const file_place place;
  constexpr std::size_t size = 50'000;
  std::mt19937 random{11};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  std::uniform_int_distribution<std::size_t> some{1, 6};
  std::map<std::string, std::size_t> told;
  std::vector<std::pair<std::string, partner>> all;
  std::size_t born = 0;
  const auto next = [&] {
    const auto name = "w" + std::to_string(born++);
    return std::pair{name, start(writer, {place.path, name, "1000000", std::to_string(size)})};
  };
  while (all.size() < 3) all.push_back(next());
  for (std::size_t i = 0; i < support::scaled(100, 6); ++i) {
    auto& [name, one] = all[i % all.size()];
    told[name] = kill_after(one, some(random));
    all[i % all.size()] = next();
  }
  for (auto& [name, one] : all) told[name] = kill_after(one, 1);

  CHECK(strait::append_record(place.path, as_bytes(record("last", 0, size)), soon));
  const found_records found{place.content(), size};
  CHECK(found.is_as_written);
  CHECK(found.unfinished <= born);
  CHECK(found.whole.at("last") == 1);
  for (const auto& [name, count] : told) {
    const auto there = found.whole.find(name);
    REQUIRE(there != found.whole.end());
    CHECK(there->second >= count);
    CHECK(there->second <= count + 1);  // one that was written, but not told of any more
  }
}

TEST_CASE("a process killed at any step of appending stops nobody", "[shared_file]") {
  const file_place counted;
  const auto steps = support::count_steps(
      [&] { or_throw(strait::append_record(counted.path, as_bytes("x\n"), soon)); });
  REQUIRE(steps >= 2);
  for (std::size_t step = 1; step <= steps; ++step) {
    const file_place place;
    CHECK(support::outcome_of(append_victim.command({place.path, std::to_string(step)})) ==
          support::killed_hard());
    CHECK(strait::append_record(place.path, as_bytes("next\n"), 200ms));
    const auto content = place.content();
    CHECK((content == "next\n" || content == "victim\nnext\n"));
  }
}

TEST_CASE("a process killed at any step of replacing leaves the old content or the new",
          "[shared_file]") {
  const file_place counted;
  const strait::replace_options full{.flush = strait::durability::full};
  const auto steps = support::count_steps(
      [&] { or_throw(replace_file(counted.path, as_bytes("x"), soon, full)); });
  REQUIRE(steps >= 5);
  for (std::size_t step = 1; step <= steps; ++step) {
    CAPTURE(step);
    const file_place place{"old"};
    CHECK(support::outcome_of(replace_victim.command({place.path, std::to_string(step)})) ==
          support::killed_hard());
    CHECK(place.content() == (step == steps ? "new" : "old"));
    CHECK(files_beside(place) == (step == steps ? 1 : 2));

    CHECK(replace_file(place.path, as_bytes("newer"), soon));
    CHECK(place.content() == "newer");
    CHECK(files_beside(place) == 1);
  }
}

TEST_CASE("readers see one content or another, whoever replaces it and is killed",
          "[shared_file]") {
  const file_place place{"begin"};
  std::mt19937 random{5};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  std::uniform_int_distribution<std::size_t> some{1, 6};
  std::vector<partner> all;
  std::size_t born = 0;
  const auto next = [&] {
    return start(replacer, {place.path, "1000000", {static_cast<char>('a' + (born++ % 26))}});
  };
  while (all.size() < 3) all.push_back(next());
  for (std::size_t i = 0; i < support::scaled(100, 6); ++i) {
    for (int reads = 0; reads < 20; ++reads) {
      const auto seen = support::content_of(support::path_of(place.path));
      // Windows refuses to open it for the moment in which it gets its name.
      const bool is_there = !seen.empty() || strait::on_windows;
      const bool is_one = seen == "begin" || seen.find_first_not_of(seen[0]) == std::string::npos;
      CHECK((is_there && is_one));
    }
    auto& one = all[i % all.size()];
    kill_after(one, some(random));
    one = next();
  }
  for (auto& one : all) kill_after(one, 1);
  CHECK(replace_file(place.path, as_bytes("end"), soon));
  CHECK(place.content() == "end");
  CHECK(files_beside(place) == 1);
}
