// SPDX-License-Identifier: MIT
// Starting a process, waiting for it and killing it.
#include <strait/process.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

const support::role returns{"process.returns",
                            [](support::role_args args) { return std::stoi(args[0]); }};

// Lives until its standard input ends.
const support::role lives{"process.lives", [](support::role_args) {
  static_cast<void>(support::read_input());
  return 0;
}};

strait::command living() {
  auto c = lives.command();
  c.input = strait::redirect::pipe();
  return c;
}

}  // namespace

TEST_CASE("a child's exit code is what its main returned", "[process]") {
  for (const std::uint32_t code : {0U, 1U, 3U, 127U, 255U}) {
    CHECK(support::outcome_of(returns.command({std::to_string(code)})) == exit_code(code));
  }
  CHECK(exit_code(0).success());
  CHECK_FALSE(exit_code(1).success());
}

TEST_CASE("an exit status reads as what it is", "[process]") {
  using kind = strait::exit_status::kind;

  CHECK(exit_code(3).message() == "exit code 3");
  CHECK(strait::exit_status{.how = kind::signal, .value = 9}.message() == "signal 9");
  CHECK(strait::exit_status{.how = kind::ntstatus, .value = 0xC0000005}.message() ==
        "NTSTATUS 0xC0000005");
  CHECK_FALSE(strait::exit_status{.how = kind::signal, .value = 0}.success());
  CHECK(exit_code(9) != strait::exit_status{.how = kind::signal, .value = 9});
}

TEST_CASE("waiting again tells the same again", "[process]") {
  auto child = support::start(returns.command({"5"}));

  CHECK(child.wait(soon) == exit_code(5));
  CHECK(child.wait(soon) == exit_code(5));
  CHECK(child.wait() == exit_code(5));
  CHECK(child.wait(0ms) == exit_code(5));
}

TEST_CASE("a wait for a child gives up at its deadline, and a later one succeeds", "[process]") {
  auto child = support::start(living());

  CHECK(why(child.wait(0ms)) == std::errc::timed_out);
  CHECK(why(child.wait(20ms)) == std::errc::timed_out);
  REQUIRE(child.input.close());
  CHECK(child.wait(soon) == exit_code(0));
}

TEST_CASE("a wait for a child is stopped by a token", "[process]") {
  auto child = support::start(living());
  std::stop_source source;
  strait::result<strait::exit_status> waited;

  {
    const std::jthread waiting{[&] { waited = child.wait({soon, source.get_token()}); }};
    source.request_stop();
  }
  CHECK(why(waited) == std::errc::operation_canceled);
  CHECK(why(child.wait(source.get_token())) == std::errc::operation_canceled);

  REQUIRE(child.input.close());
  CHECK(child.wait(soon) == exit_code(0));
}

TEST_CASE("children have numbers of their own", "[process]") {
  auto one = support::start(living());
  auto two = support::start(living());

  CHECK(one.id() != 0);
  CHECK(one.id() != two.id());
  CHECK(one.id() != support::this_process());
  for (auto* child : {&one, &two}) {
    REQUIRE(child->input.close());
    CHECK(support::end_of(*child).success());
  }
}

TEST_CASE("a child is moved, and moved-from is none", "[process]") {
  auto first = support::start(living());
  const auto id = first.id();
  CHECK(first);

  strait::child second{std::move(first)};
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK(second.id() == id);
  strait::child third;
  CHECK_FALSE(third);
  third = std::move(second);

  REQUIRE(third.input.close());
  CHECK(support::end_of(third).success());
}

TEST_CASE("no child can do nothing", "[process]") {
  strait::child none;

  CHECK(none.id() == 0);
  CHECK_FALSE(none.wait(0ms));
  CHECK_FALSE(none.kill());
  CHECK_FALSE(none.stop(0ms));
  CHECK(none.native() == strait::no_handle);
}

TEST_CASE("a child whose object is gone runs on", "[process]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto gate = or_throw(strait::plain_pipe::create());
  auto command = lives.command();
  command.input = strait::redirect::to(std::move(gate.reader));
  command.give.emplace_back("life", std::move(writer));

  {
    const auto forgotten = support::start(command);
  }

  std::byte one{};
  CHECK(why(reader.read({&one, 1}, 50ms)) == std::errc::timed_out);  // it lives
  REQUIRE(gate.writer.close());
  CHECK(reader.read({&one, 1}, soon) == 0);
}

TEST_CASE("a killed child ends at once, and says by whom", "[process]") {
  auto child = support::start(living());

  REQUIRE(child.kill());

  CHECK(child.wait(soon) == support::killed_by_strait());
}

TEST_CASE("a child that has ended can still be killed, which changes nothing", "[process]") {
  auto child = support::start(returns.command({"4"}));
  REQUIRE(child.wait(soon) == exit_code(4));

  CHECK(child.kill());
  CHECK(child.wait(soon) == exit_code(4));
}

TEST_CASE("many threads start children at once", "[process]") {
  constexpr std::size_t threads = 8;
  const auto rounds = support::scaled(100, 2);
  std::vector<std::size_t> right(threads);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i) {
      running.emplace_back([&right, rounds, i] {
        for (std::size_t round = 0; round < rounds; ++round) {
          const auto code = static_cast<std::uint32_t>((i * 10) + (round % 10));
          auto child = strait::spawn(returns.command({std::to_string(code)}));
          if (child && child->wait(soon) == exit_code(code)) ++right[i];
        }
      });
    }
  }

  for (const auto count : right) CHECK(count == rounds);
}

TEST_CASE("this program knows its own path", "[process]") {
  const auto path = or_throw(strait::program_path());

  CHECK(std::filesystem::exists(std::filesystem::path{
      std::u8string{reinterpret_cast<const char8_t*>(path.data()), path.size()}}));
}
