// SPDX-License-Identifier: MIT
// Where a child's standard input, output and errors come from and go to.
#include <strait/process.hpp>

#include <array>
#include <string>
#include <utility>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using strait::redirect;
using support::soon;
using support::text_of;
using support::why;

namespace {

// Copies its input to its output, and a word to its errors.
const support::role copies{"redirect.copies", [](support::role_args) {
  support::write_errors("copying\n");
  for (auto some = support::read_input(4096); !some.empty(); some = support::read_input(4096)) {
    support::write_output(some);
  }
  return 0;
}};

const support::role tells_input_mode{"redirect.tells_input_mode", [](support::role_args) {
  return support::input_is_blocking() ? 0 : 1;
}};

// Writes to standard output and errors by turns.
const support::role alternates{"redirect.alternates", [](support::role_args) {
  for (const char* word : {"1", "3", "5"}) {
    support::write_output(word);
    support::write_errors(std::string{static_cast<char>(*word + 1)});
  }
  return 0;
}};

// Starts `copies` without any redirection.
const support::role passes_on{"redirect.passes_on", [](support::role_args) {
  return support::outcome_of(copies.command()).success() ? 0 : 1;
}};

const support::role closes_output{"redirect.closes_output", [](support::role_args) {
  support::write_output("last words");
  support::close_output();
  static_cast<void>(support::read_input());
  return 0;
}};

}  // namespace

TEST_CASE("a child's streams are pipes on wish", "[process]") {
  auto command = copies.command();
  command.input = redirect::pipe();
  command.output = redirect::pipe();
  command.errors = redirect::pipe();
  auto child = support::start(command);

  REQUIRE(strait::write_all(child.input, as_bytes("through"), soon));
  REQUIRE(child.input.close());
  CHECK(text_of(support::rest_of(child.output)) == "through");
  CHECK(text_of(support::rest_of(child.errors)) == "copying\n");
  CHECK(support::end_of(child).success());
}

TEST_CASE("a child's streams change no byte", "[process]") {
  auto command = copies.command();
  command.input = redirect::pipe();
  command.output = redirect::pipe();
  command.errors = redirect::discard();
  auto child = support::start(command);
  std::string all;
  for (int value = 0; value < 256; ++value) all += static_cast<char>(value);
  all += "\r\n\n\r\x1A";

  REQUIRE(strait::write_all(child.input, as_bytes(all), soon));
  REQUIRE(child.input.close());
  CHECK(text_of(support::rest_of(child.output)) == all);
  CHECK(support::end_of(child).success());
}

TEST_CASE("pipes to a child have deadlines", "[process]") {
  auto command = copies.command();
  command.input = redirect::pipe();
  command.output = redirect::pipe();
  command.errors = redirect::discard();
  auto child = support::start(command);
  std::array<std::byte, 4> buffer{};

  CHECK(why(child.output.read(buffer, 20ms)) == std::errc::timed_out);
  support::suspend(child.id());
  support::fill(child.input);
  CHECK(why(child.input.write(as_bytes("x"), 20ms)) == std::errc::timed_out);
  support::resume(child.id());
  CHECK(child.output.read(buffer, soon) == 4);
  CHECK(child.kill());
  CHECK(support::end_of(child) == support::killed_by_strait());
}

TEST_CASE("what is no pipe is closed in the parent's view", "[process]") {
  auto command = copies.command();
  command.input = redirect::discard();
  command.output = redirect::discard();
  command.errors = redirect::discard();
  auto child = support::start(command);

  CHECK_FALSE(child.input);
  CHECK_FALSE(child.output);
  CHECK_FALSE(child.errors);
  CHECK(support::end_of(child).success());  // and its input has ended at once
}

TEST_CASE("a child's standard input waits for data, as ordinary programs expect", "[process]") {
  const support::temp_directory directory;
  support::make_file(directory / u8"in", "content");
  auto plain = or_throw(strait::plain_pipe::create());
  auto command = tells_input_mode.command();

  command.input = redirect::pipe();
  CHECK(support::outcome_of(command).success());
  command.input = redirect::file(support::utf8(directory / u8"in"));
  CHECK(support::outcome_of(command).success());
  command.input = redirect::discard();
  CHECK(support::outcome_of(command).success());
  command.input = redirect::to(std::move(plain.reader));
  CHECK(support::outcome_of(command).success());
}

TEST_CASE("a child reads from and writes to files", "[process]") {
  const support::temp_directory directory;
  const auto in = directory / u8"in";
  const auto out = directory / u8"out";
  support::make_file(in, "from a file");
  support::make_file(out, "something longer that was there before");
  auto command = copies.command();
  command.input = redirect::file(support::utf8(in));
  command.output = redirect::file(support::utf8(out));
  command.errors = redirect::file(support::utf8(directory / u8"errors"));

  REQUIRE(support::outcome_of(command).success());

  CHECK(support::content_of(out) == "from a file");
  CHECK(support::content_of(directory / u8"errors") == "copying\n");
  CHECK(support::content_of(in) == "from a file");
}

TEST_CASE("a child's output is appended to a file on wish", "[process]") {
  const support::temp_directory directory;
  const auto in = directory / u8"in";
  const auto out = directory / u8"out";
  support::make_file(in, "more");
  auto command = copies.command();
  command.input = redirect::file(support::utf8(in));
  command.output = redirect::append(support::utf8(out));
  command.errors = redirect::append(support::utf8(directory / u8"errors"));

  REQUIRE(support::outcome_of(command).success());
  REQUIRE(support::outcome_of(command).success());

  CHECK(support::content_of(out) == "moremore");
  CHECK(support::content_of(directory / u8"errors") == "copying\ncopying\n");
}

TEST_CASE("a file to read from must be there, and the error names it", "[process]") {
  const support::temp_directory directory;
  auto command = copies.command();
  command.input = redirect::file(support::utf8(directory / u8"no such file"));

  const auto child = strait::spawn(command);

  CHECK(why(child) == std::errc::no_such_file_or_directory);
  CHECK(why(child).subject.text().ends_with("no such file"));
}

TEST_CASE("errors go where output goes, in the order in which they were written", "[process]") {
  auto command = alternates.command();
  command.output = redirect::pipe();
  command.errors = redirect::same_as_output();
  auto child = support::start(command);

  CHECK_FALSE(child.errors);
  CHECK(text_of(support::rest_of(child.output)) == "123456");
  CHECK(support::end_of(child).success());
}

TEST_CASE("redirections that make no sense are refused", "[process]") {
  const support::temp_directory directory;
  const auto path = support::utf8(directory / u8"file");
  auto command = copies.command();
  command.input = redirect::same_as_output();
  CHECK(why(strait::spawn(command)) == std::errc::invalid_argument);
  command.input = redirect::append(path);
  CHECK(why(strait::spawn(command)) == std::errc::invalid_argument);
  command.input = {};
  command.output = redirect::same_as_output();
  CHECK(why(strait::spawn(command)) == std::errc::invalid_argument);
}

TEST_CASE("a handle becomes a child's stream, and is closed here", "[process]") {
  auto out = or_throw(strait::plain_pipe::create());
  auto first = alternates.command();
  first.output = redirect::to(std::move(out.writer));
  first.errors = redirect::discard();
  auto second = copies.command();
  second.input = redirect::to(std::move(out.reader));
  second.output = redirect::pipe();
  second.errors = redirect::discard();

  // Two ordinary programs, one behind the other: the second ends because the first has, which
  // shows that nobody else holds the writing end.
  auto left = support::start(first);
  auto right = support::start(second);

  CHECK(text_of(support::rest_of(right.output)) == "135");
  CHECK(support::end_of(left).success());
  CHECK(support::end_of(right).success());
}

TEST_CASE("a handle that is not open is no stream for a child", "[process]") {
  auto command = copies.command();
  command.input = redirect::to({});

  CHECK(why(strait::spawn(command)) == std::errc::bad_file_descriptor);
}

TEST_CASE("a child inherits the standard streams", "[process]") {
  auto command = passes_on.command();
  command.input = redirect::pipe();
  command.output = redirect::pipe();
  command.errors = redirect::pipe();
  auto child = support::start(command);

  REQUIRE(strait::write_all(child.input, as_bytes("down and up again"), soon));
  REQUIRE(child.input.close());

  CHECK(text_of(support::rest_of(child.output)) == "down and up again");
  CHECK(text_of(support::rest_of(child.errors)) == "copying\n");
  CHECK(support::end_of(child).success());
}

TEST_CASE("the end of a child's output is seen while it lives", "[process]") {
  if (support::under_wine()) {
    return support::skip("Wine's console host keeps the standard output of the child it serves");
  }
  auto command = closes_output.command();
  command.input = redirect::pipe();
  command.output = redirect::pipe();
  auto child = support::start(command);

  CHECK(text_of(support::rest_of(child.output)) == "last words");
  CHECK(why(child.wait(0ms)) == std::errc::timed_out);
  REQUIRE(child.input.close());
  CHECK(support::end_of(child).success());
}
