// SPDX-License-Identifier: MIT
// Mapped files between processes: what others see, do and leave behind.
#include <strait/mapped_file.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/mapped.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::as_bytes;
using strait::as_text;
using strait::condition;
using strait::map_mode;
using strait::mapped_file;
using strait::or_throw;
using support::exit_code;
using support::is_zero;
using support::place_for_file;
using support::put;
using support::soon;
using support::text_at;
using support::why;

namespace {

constexpr auto writes = map_mode::read_write;
constexpr std::uint64_t size_of_all = 100'000;

// The number at the beginning of a file.
std::atomic_ref<std::uint64_t> number_in(mapped_file& file) {
  return std::atomic_ref{*reinterpret_cast<std::uint64_t*>(file.writable_bytes().data())};
}

// Waits for its parent's word, opens or makes the file and counts.
const support::role counts{"mapped.counts", [](support::role_args args) {
  auto go = or_throw(strait::inherited<strait::pipe_reader>("go"));
  static_cast<void>(support::rest_of(go));
  auto file = or_throw(mapped_file::open_or_create(args[0], size_of_all));
  if (file.size() != size_of_all) return 1;
  for (auto i = std::stoul(args[1]); i > 0; --i) ++number_in(file);
  return 0;
}};

// Counts, and waits for its end.
const support::role counts_until_killed{"mapped.counts_until_killed", [](support::role_args args) {
  auto ready = or_throw(strait::inherited<strait::pipe_writer>("ready"));
  auto file = or_throw(mapped_file::open(args[0], {.mode = writes}));
  bool has_told = false;
  for (;;) {
    ++number_in(file);
    if (!has_told) or_throw(ready.write(as_bytes("!"), soon));
    has_told = true;
  }
  return 0;
}};

// Says what becomes of making the file 4096 bytes long.
const support::role shortens{"mapped.shortens", [](support::role_args args) {
  auto file = or_throw(mapped_file::open(args[0], {.mode = writes}));
  const auto size = file.size();
  const auto done = file.resize(4096);
  if (done) return 0;
  if (file.size() != size || done.error() != condition::device_or_resource_busy) return 2;
  return 1;
}};

const support::role dies_while_it_creates{"mapped.dies", [](support::role_args args) {
  support::kill_at(std::stoul(args[1]));
  auto file = or_throw(mapped_file::create(args[0], size_of_all));
  return 0;
}};

// Writes to what it may only read.
const support::role writes_anyway{"mapped.writes_anyway", [](support::role_args args) {
  const auto file = or_throw(mapped_file::open(args[0]));
  support::crash_quietly();
  *const_cast<volatile std::byte*>(file.bytes().data()) = std::byte{'!'};
  return 0;
}};

// Maps the file that it was given, and answers in it.
const support::role answers{"mapped.answers", [](support::role_args) {
  auto raw = or_throw(strait::inherited<strait::handle>("file"));
  auto file = or_throw(mapped_file::adopt(std::move(raw), {.mode = writes}));
  if (as_text(file.bytes().first(4)) != "ping") return 1;
  put(file, 0, "pong");
  return 0;
}};

const support::role reads_what_it_was_given{"mapped.reads", [](support::role_args) {
  const auto file = or_throw(strait::inherited<mapped_file>("file"));
  return as_text(file.bytes().first(4)) == "pong" ? 0 : 1;
}};

}  // namespace

TEST_CASE("processes that make a file at once all have the same one", "[mapped_file]") {
  constexpr std::size_t processes = 8;
  const auto most = support::scaled(200'000, 1000);
  for (std::size_t round = 0; round < support::scaled(40, 2); ++round) {
    const place_for_file at;
    auto [reader, writer] = or_throw(strait::pipe::create());
    std::vector<strait::child> children;
    for (std::size_t i = 0; i < processes; ++i) {
      auto c = counts.command({at.path(), std::to_string(most)});
      c.give.emplace_back("go", or_throw(reader.duplicate()));
      children.push_back(support::start(c));
    }
    REQUIRE(writer.close());
    for (auto& child : children) CHECK(support::end_of(child) == exit_code(0));

    auto file = or_throw(mapped_file::open(at.path(), {.mode = writes}));
    CHECK(file.size() == size_of_all);
    CHECK(number_in(file).load() == processes * most);
    CHECK(is_zero(file.bytes().subspan(sizeof(std::uint64_t))));
  }
}

TEST_CASE("what a process wrote that was killed is in the file", "[mapped_file]") {
  const place_for_file at{"........"};
  auto file = or_throw(mapped_file::open(at.path(), {.mode = writes}));
  number_in(file) = 0;
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto c = counts_until_killed.command({at.path()});
  c.give.emplace_back("ready", std::move(writer));
  auto child = support::start(c);
  std::byte heard{};
  REQUIRE(reader.read({&heard, 1}, soon) == 1U);
  const auto seen = number_in(file).load();
  CHECK(seen > 0);
  support::kill_hard(child.id());
  CHECK(support::end_of(child) == support::killed_hard());

  const auto last = number_in(file).load();
  CHECK(last >= seen);
  REQUIRE(file.close());
  auto again = or_throw(mapped_file::open(at.path(), {.mode = writes}));
  CHECK(number_in(again).load() == last);
}

TEST_CASE(
    "who reads without the view of a file that another process made shorter gets what is left",
    "[mapped_file]") {
  const place_for_file at;
  auto file = or_throw(mapped_file::create(at.path(), 1'000'000));
  put(file, 4090, "abcdefghij");

  const auto other = support::outcome_of(shortens.command({at.path()}));

  if (strait::on_windows) {
    CHECK(other == exit_code(1));  // nobody can while it is mapped
    CHECK(file.file_size() == 1'000'000U);
    CHECK(as_text(file.bytes().subspan(4090, 10)) == "abcdefghij");
    return;
  }
  CHECK(other == exit_code(0));
  CHECK(file.size() == 1'000'000);
  CHECK(file.file_size() == 4096U);
  CHECK(text_at(file, 4090, 10) == "abcdef");
  CHECK(text_at(file, 500'000, 10).empty());
  CHECK(why(file.prefault(file.bytes())) == condition::bad_address);
  CHECK(file.flush());
  CHECK(file.write_at(5000, as_bytes("z")) == 1U);  // and it is longer again
  CHECK(static_cast<char>(file.bytes()[5000]) == 'z');
}

TEST_CASE("a file whose maker was killed can be made by the next", "[mapped_file]") {
  const place_for_file probe;
  const auto steps = support::count_steps(
      [&] { static_cast<void>(mapped_file::create(probe.path(), size_of_all)); });
  REQUIRE(steps > 0);
  for (std::size_t step = 1; step <= steps; ++step) {
    const place_for_file at;
    const auto end = support::outcome_of(
        dies_while_it_creates.command({at.path(), std::to_string(step)}));
    CHECK(end == support::killed_hard());
    CHECK(why(mapped_file::create(at.path(), size_of_all)) == condition::file_exists);
    CHECK(or_throw(mapped_file::open_or_create(at.path(), size_of_all)).size() == size_of_all);
  }
}

TEST_CASE("who writes to what is mapped for reading is stopped by the hardware", "[mapped_file]") {
  const place_for_file at{"0123456789"};

  auto c = writes_anyway.command({at.path()});
  c.errors = strait::redirect::discard();  // sanitizers tell a lot about it

  CHECK_FALSE(support::outcome_of(c).success());
  CHECK(support::content_of(at.file) == "0123456789");
}

TEST_CASE("a child maps the file that it was given", "[mapped_file]") {
  const place_for_file at{"ping"};
  auto file = or_throw(mapped_file::open(at.path(), {.mode = writes}));
  auto c = answers.command();
  c.give.emplace_back("file", or_throw(mapped_file::open(at.path(), {.mode = writes})).release());
  CHECK(support::outcome_of(c) == exit_code(0));
  CHECK(as_text(file.bytes()) == "pong");

  c = reads_what_it_was_given.command();
  c.give.emplace_back("file", std::move(file));
  CHECK(support::outcome_of(c) == exit_code(0));
}
