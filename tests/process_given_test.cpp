// SPDX-License-Identifier: MIT
// Handles that a parent gives to its child by name, and that nothing else is inherited.
#include <strait/process.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::inherited;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

// Copies from "in" to "out".
const support::role copies{"given.copies", [](support::role_args) {
  auto from = or_throw(inherited<strait::pipe_reader>("in"));
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  or_throw(strait::write_all(to, support::rest_of(from), soon));
  return 0;
}};

const support::role answers{"given.answers", [](support::role_args) {
  auto talk = or_throw(inherited<strait::duplex_pipe>("a.very-long_name.0123456789"));
  std::array<std::byte, 4> word{};
  or_throw(strait::read_exactly(talk, word, soon));
  or_throw(strait::write_all(talk, as_bytes("pong"), soon));
  return support::text_of(word) == "ping" ? 0 : 1;
}};

// What this process is told when it takes "thing": first as a pipe_writer, later as a handle.
const support::role takes_twice{"given.takes_twice", [](support::role_args) {
  auto first = inherited<strait::pipe_writer>("thing");
  if (!first) return 1;
  if (why(inherited<strait::pipe_writer>("thing")) != std::errc::no_such_file_or_directory)
    return 2;
  if (why(inherited<strait::handle>("thing")) != std::errc::no_such_file_or_directory) return 3;
  return first->write(as_bytes("still mine"), soon) ? 0 : 4;
}};

const support::role looks_for_what_is_not_there{"given.looks_for_what_is_not_there",
                                                [](support::role_args) {
  for (const char* name : {"other", "", "thin", "things", "thing=", "=", ";", "thing "}) {
    if (why(inherited<strait::handle>(name)) != std::errc::no_such_file_or_directory) return 1;
  }
  return why(inherited<strait::handle>("other")).subject.text() == "other" ? 0 : 2;
}};

const support::role takes_as_something_else{"given.takes_as_something_else",
                                            [](support::role_args args) {
  if (args[0] == "pair") {
    const auto pair = inherited<strait::duplex_pipe>("thing");
    return why(pair) == strait::condition::incompatible ? 0 : 1;
  }
  if (args[0] == "one") {
    const auto one = inherited<strait::pipe_reader>("thing");
    return why(one) == strait::condition::incompatible ? 0 : 2;
  }
  const auto wrong_way = inherited<strait::pipe_reader>("thing");
  return why(wrong_way) == strait::condition::incompatible ? 0 : 3;
}};

const support::role sees_nothing{"given.sees_nothing", [](support::role_args) {
  const auto inherited_here = support::inherited_handles();
  if (!inherited_here.empty()) return 1;
  return inherited<strait::handle>("thing") ? 2 : 0;
}};

// Takes nothing of what it was given, and starts a child.
const support::role starts_sees_nothing{"given.starts_sees_nothing", [](support::role_args) {
  return static_cast<int>(support::outcome_of(sees_nothing.command()).value);
}};

// Finds as many handles as its argument says, and ends; 1 tells that there are fewer or more.
const support::role counts{"given.counts", [](support::role_args args) {
  const auto found = support::inherited_handles().size();
  if (found == std::stoul(args[0])) return 0;
  support::write_errors(std::to_string(found) + " handles\n");
  return 1;
}};

strait::command counting(std::size_t expected) {
  auto c = counts.command({std::to_string(expected)});
  c.input = strait::redirect::discard();
  return c;
}

}  // namespace

TEST_CASE("a child finds the ends of pipes under their names", "[process]") {
  auto in = or_throw(strait::pipe::create());
  auto out = or_throw(strait::pipe::create());
  auto command = copies.command();
  command.give.emplace_back("in", std::move(in.reader));
  command.give.emplace_back("out", std::move(out.writer));
  auto child = support::start(command);

  REQUIRE(strait::write_all(in.writer, as_bytes("there and back"), soon));
  REQUIRE(in.writer.close());

  CHECK(support::text_of(support::rest_of(out.reader)) == "there and back");
  CHECK(support::end_of(child).success());
}

TEST_CASE("a child finds a duplex pipe under its name", "[process]") {
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  auto command = answers.command();
  command.give.emplace_back("a.very-long_name.0123456789", std::move(there));
  auto child = support::start(command);
  std::array<std::byte, 4> word{};

  REQUIRE(strait::write_all(here, as_bytes("ping"), soon));
  REQUIRE(strait::read_exactly(here, word, soon));

  CHECK(support::text_of(word) == "pong");
  CHECK(support::end_of(child).success());
}

TEST_CASE("what is given can be taken once", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = takes_twice.command();
  command.give.emplace_back("thing", std::move(writer));

  CHECK(support::outcome_of(command) == exit_code(0));
  CHECK(support::text_of(support::rest_of(reader)) == "still mine");
}

TEST_CASE("under another name there is nothing", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = looks_for_what_is_not_there.command();
  command.give.emplace_back("thing", std::move(writer));

  CHECK(support::outcome_of(command) == exit_code(0));
}

TEST_CASE("who was given nothing finds nothing", "[process]") {
  CHECK(why(inherited<strait::pipe_reader>("thing")) == std::errc::no_such_file_or_directory);
  CHECK(support::outcome_of(looks_for_what_is_not_there.command()) == exit_code(0));
}

TEST_CASE("what is given is incompatible with another kind of thing", "[process]") {
  auto one = or_throw(strait::pipe::create());
  auto two = or_throw(strait::pipe::create());
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  auto command = takes_as_something_else.command({"pair"});
  command.give.emplace_back("thing", std::move(one.writer));
  CHECK(support::outcome_of(command) == exit_code(0));

  command = takes_as_something_else.command({"one"});
  command.give.emplace_back("thing", std::move(there));
  CHECK(support::outcome_of(command) == exit_code(0));

  command = takes_as_something_else.command({"wrong way"});
  command.give.emplace_back("thing", std::move(two.writer));
  CHECK(support::outcome_of(command) == exit_code(0));
}

TEST_CASE("names that are not allowed are refused", "[process]") {
  for (const std::string& name :
       {std::string{}, std::string(65, 'x'), std::string{"a b"}, std::string{"a=b"},
        std::string{"a;b"}, std::string{"a,b"}, std::string{"a\0b", 3}, support::chars(u8"é")}) {
    auto command = counting(1);
    command.give.emplace_back(name, or_throw(strait::pipe::create()).writer);
    CHECK(why(strait::spawn(command)) == std::errc::invalid_argument);
  }
  auto command = counting(1);
  command.give.emplace_back(std::string(64, 'x'), or_throw(strait::pipe::create()).writer);
  CHECK(support::outcome_of(command) == exit_code(0));
}

TEST_CASE("one name is given to one thing", "[process]") {
  auto command = counting(2);
  command.give.emplace_back("twin", or_throw(strait::pipe::create()).writer);
  command.give.emplace_back("twin", or_throw(strait::pipe::create()).writer);

  CHECK(why(strait::spawn(command)) == std::errc::invalid_argument);
}

TEST_CASE("a handle that is not open cannot be given", "[process]") {
  auto command = counting(1);
  command.give.emplace_back("nothing", strait::handle{});

  CHECK(why(strait::spawn(command)) == std::errc::bad_file_descriptor);
}

TEST_CASE("what is given is closed here once the child has it", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = counting(1);
  command.give.emplace_back("thing", std::move(writer));
  auto child = support::start(command);

  CHECK(support::rest_of(reader).empty());  // the end comes when the child has gone
  CHECK(support::end_of(child) == exit_code(0));
}

TEST_CASE("a grandchild sees nothing of what its parent was given", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = starts_sees_nothing.command();
  command.input = strait::redirect::discard();
  command.give.emplace_back("thing", std::move(writer));

  CHECK(support::outcome_of(command) == exit_code(0));
}

TEST_CASE("a child inherits nothing that careless code left inheritable", "[process]") {
  const auto careless = or_throw(strait::plain_pipe::create());
  support::make_inheritable(careless.reader.get());
  support::make_inheritable(careless.writer.get());

  CHECK(support::outcome_of(counting(0)) == exit_code(0));
  auto command = counting(1);
  command.give.emplace_back("thing", or_throw(strait::pipe::create()).writer);
  CHECK(support::outcome_of(command) == exit_code(0));
}

TEST_CASE("children started at the same moment get their own things alone", "[process]") {
  constexpr std::size_t threads = 8;
  const auto rounds = support::scaled(500, 3);
  std::vector<std::size_t> right(threads);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i) {
      running.emplace_back([&right, rounds, i] {
        for (std::size_t round = 0; round < rounds; ++round) {
          auto made = or_throw(strait::pipe::create());
          auto talk = or_throw(strait::duplex_pipe::create());
          auto command = counting(round % 2 == 0 ? 1 : 3);
          command.output = strait::redirect::discard();
          command.give.emplace_back("thing", std::move(made.writer));
          if (round % 2 != 0) command.give.emplace_back("talk", std::move(talk.second));
          // Not 0ms: a child of another thread has copies of all until it becomes its program.
          std::byte one{};
          const bool alone = support::outcome_of(command) == exit_code(0);
          if (alone && made.reader.read({&one, 1}, soon) == 0) ++right[i];
        }
      });
    }
  }

  for (const auto count : right) CHECK(count == rounds);
}
