// SPDX-License-Identifier: MIT
// run: a program from its start to its end, with all that it writes.
#include <strait/process.hpp>

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

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
using strait::run;
using support::exit_code;
using support::soon;
using support::why;

namespace {

// Writes as many bytes as its arguments say to its output and to its errors, by turns, then copies
// its input to its output.
const support::role pours{"run.pours", [](support::role_args args) {
  const std::string piece(10'000, 'x');
  for (std::size_t out = std::stoul(args[0]), err = std::stoul(args[1]); out + err > 0;) {
    const auto some = std::min(out, piece.size());
    const auto more = std::min(err, piece.size());
    support::write_output(std::string_view{piece}.substr(0, some));
    support::write_errors(std::string_view{piece}.substr(0, more));
    out -= some;
    err -= more;
  }
  for (auto in = support::read_input(10'000); !in.empty(); in = support::read_input(10'000)) {
    support::write_output(in);
  }
  return 3;
}};

const support::role speaks{"run.speaks", [](support::role_args) {
  support::write_output("out\n");
  support::write_errors("err\n");
  return 5;
}};

// Says that it is there, if it can, and stays for ever, deaf and reading nothing.
const support::role stays{"run.stays", [](support::role_args) {
  auto life = strait::inherited<strait::pipe_writer>("life");
  if (life) or_throw(life->write(as_bytes("!"), soon));
  for (;;) std::this_thread::sleep_for(1h);
  return 0;
}};

const support::role leaves_at_once{"run.leaves_at_once", [](support::role_args) { return 4; }};

}  // namespace

TEST_CASE("run captures output, errors and the exit", "[process]") {
  const auto all = or_throw(run(speaks.command()));

  CHECK(all.status == exit_code(5));
  CHECK(all.output == "out\n");
  CHECK(all.errors == "err\n");
}

TEST_CASE("run feeds a program and hears it out", "[process]") {
  const auto all = or_throw(run(pours.command({"0", "0"}), as_bytes("in and out"), soon));

  CHECK(all.status == exit_code(3));
  CHECK(all.output == "in and out");
  CHECK(all.errors.empty());
}

TEST_CASE("without input a program finds the end of its input", "[process]") {
  CHECK(or_throw(run(pours.command({"0", "0"}), {}, soon)).output.empty());
}

TEST_CASE("megabytes in all directions at once block nobody", "[process]") {
  constexpr std::size_t amount = 4 * 1024 * 1024;
  const auto input = support::noise(amount);

  const auto all = or_throw(
      run(pours.command({std::to_string(amount), std::to_string(amount / 2)}), input, soon));

  CHECK(all.status == exit_code(3));
  CHECK(all.errors.size() == amount / 2);
  REQUIRE(all.output.size() == 2 * amount);
  const auto echoed = as_bytes(std::string_view{all.output}.substr(amount));
  CHECK(support::checksum(echoed) == support::checksum(input));
}

TEST_CASE("a program need not read what it is fed", "[process]") {
  const auto much = support::noise(4 * 1024 * 1024);

  const auto all = or_throw(run(leaves_at_once.command(), much, soon));

  CHECK(all.status == exit_code(4));
}

TEST_CASE("run kills a program that misses the deadline", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = stays.command();
  command.give.emplace_back("life", std::move(writer));

  const auto all = run(std::move(command), {}, 1s);

  CHECK(why(all) == std::errc::timed_out);
  CHECK(support::rest_of(reader).size() <= 1);  // what it had to say; and then it is gone
}

TEST_CASE("run kills a program that does not read what it is fed in time", "[process]") {
  const auto much = support::noise(4 * 1024 * 1024);

  CHECK(why(run(stays.command(), much, 100ms)) == std::errc::timed_out);
}

TEST_CASE("run kills a program when it is stopped", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = stays.command();
  command.output = redirect::discard();
  command.give.emplace_back("life", std::move(writer));
  std::stop_source source;
  strait::result<strait::captured> all;

  {
    const std::jthread running{
        [&] { all = run(std::move(command), {}, {soon, source.get_token()}); }};
    std::byte one{};
    CHECK(reader.read({&one, 1}, soon) == 1);  // it is there
    source.request_stop();
  }

  CHECK(why(all) == std::errc::operation_canceled);
  CHECK(support::rest_of(reader).empty());  // and gone
}

TEST_CASE("run leaves redirections that were chosen alone", "[process]") {
  const support::temp_directory directory;
  support::make_file(directory / u8"in", "from a file");
  auto command = pours.command({"0", "7"});
  command.input = redirect::file(support::utf8(directory / u8"in"));
  command.output = redirect::file(support::utf8(directory / u8"out"));

  const auto all = or_throw(run(std::move(command), {}, soon));

  CHECK(all.output.empty());
  CHECK(all.errors == "xxxxxxx");
  CHECK(support::content_of(directory / u8"out") == "from a file");
}

TEST_CASE("run hears output and errors as one on wish", "[process]") {
  auto command = speaks.command();
  command.errors = redirect::same_as_output();

  const auto all = or_throw(run(std::move(command), {}, soon));

  CHECK(all.output == "out\nerr\n");
  CHECK(all.errors.empty());
}

TEST_CASE("run fails as spawn does", "[process]") {
  const auto all = run({.program = "strait-no-such-program"}, as_bytes("input"), soon);

  CHECK(why(all) == std::errc::no_such_file_or_directory);
  CHECK(why(all).subject.text() == "strait-no-such-program");
}
