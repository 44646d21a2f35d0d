// SPDX-License-Identifier: MIT
// wait_any: many things at once, more than the system's own calls take.
#include <strait/wait.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using strait::readiness;
using strait::wait_any;
using support::soon;
using support::why;

namespace {

// Ends when its standard input does.
const support::role ends_with_its_input{"wait.many.ends_with_its_input", [](support::role_args) {
  static_cast<void>(support::read_input());
  return 0;
}};

std::vector<strait::pipe> make_pipes(std::size_t count) {
  std::vector<strait::pipe> pipes;
  for (std::size_t i = 0; i < count; ++i) pipes.push_back(or_throw(strait::pipe::create()));
  return pipes;
}

std::vector<readiness> readers_of(const std::vector<strait::pipe>& pipes) {
  std::vector<readiness> things;
  for (const auto& p : pipes) things.push_back(p.reader.readable());
  return things;
}

std::vector<strait::child> start_children(std::size_t count) {
  std::vector<strait::child> children;
  for (std::size_t i = 0; i < count; ++i) {
    auto command = ends_with_its_input.command();
    command.input = strait::redirect::pipe();
    children.push_back(support::start(command));
  }
  return children;
}

std::size_t count_ready(const std::vector<readiness>& things) {
  return static_cast<std::size_t>(std::ranges::count_if(things, &readiness::is_ready));
}

}  // namespace

TEST_CASE("a thousand pipes are waited for at once", "[wait]") {
  constexpr std::size_t count = 1000;
  if (!support::allow_handles((2 * count) + 100)) return support::skip("too many handles");
  auto pipes = make_pipes(count);
  auto things = readers_of(pipes);
  std::mt19937 dice{3};  // NOLINT(bugprone-random-generator-seed): the same each time
  std::byte one{};
  CHECK(why(wait_any(things, 0ms)) == std::errc::timed_out);

  for (std::size_t round = support::scaled(1000, 10); round > 0; --round) {
    const auto chosen = dice() % count;
    REQUIRE(pipes[chosen].writer.write({&one, 1}, soon) == 1);
    REQUIRE(wait_any(things, soon) == chosen);
    REQUIRE(count_ready(things) == 1);
    REQUIRE(pipes[chosen].reader.read({&one, 1}, 0ms) == 1);
  }
  for (auto& p : pipes) REQUIRE(p.writer.write({&one, 1}, soon) == 1);
  CHECK(wait_any(things) == 0);
  CHECK(count_ready(things) == count);
}

TEST_CASE("the last of a thousand pipes wakes who waits", "[wait]") {
  constexpr std::size_t count = 1000;
  if (!support::allow_handles((2 * count) + 100)) return support::skip("too many handles");
  auto pipes = make_pipes(count);
  auto things = readers_of(pipes);
  strait::result<std::size_t> woken;

  {
    const std::jthread waiting{[&] { woken = wait_any(things, soon); }};
    REQUIRE(pipes.back().writer.write(as_bytes("x"), soon) == 1);
  }

  CHECK(woken == count - 1);
}

namespace {

// Numbers that come over a pipe one after the other.
struct line {
  strait::pipe_reader from;
  std::uint8_t next = 0;

  // Reads what is there, which somebody promised; false at the end.
  bool go_on() {
    std::array<std::uint8_t, 5> numbers{};
    const auto got = or_throw(from.read(std::as_writable_bytes(std::span{numbers}), 0ms));
    for (const auto n : std::span{numbers}.first(got)) {
      if (n != next++) throw std::runtime_error{"a number is missing"};
    }
    return got != 0;
  }
};

// Sends `count` numbers over each line, to one and another, with pauses.
void send_numbers(std::vector<strait::pipe_writer> lines, std::size_t count) {
  std::mt19937 dice{5};  // NOLINT(bugprone-random-generator-seed): the same each time
  std::vector<std::uint8_t> next(lines.size());
  for (std::size_t total = count * lines.size(); total > 0; --total) {
    const auto i = dice() % lines.size();
    or_throw(lines[i].write(std::as_bytes(std::span{&next[i], 1}), soon));
    ++next[i];
    if (dice() % 16 == 0) std::this_thread::sleep_for(100us);
  }
}

// Everything at once, until all lines and children are at their end and the sink got its part.
struct company {
  std::vector<line> lines;
  std::vector<strait::child> children;
  strait::pipe_writer sink;
  std::size_t left_for_sink = 0;

  [[nodiscard]] bool is_over() const {
    return lines.empty() && children.empty() && left_for_sink == 0;
  }

  [[nodiscard]] std::vector<readiness> things() const {
    std::vector<readiness> all;
    for (const auto& l : lines) all.push_back(l.from.readable());
    for (const auto& c : children) all.push_back(c.exited());
    if (left_for_sink > 0) all.push_back(sink.writable());
    return all;
  }

  void serve(const std::vector<readiness>& all) {
    const auto first_child = lines.size();
    const auto end = first_child + children.size();
    if (end < all.size() && all[end].is_ready()) pour();
    for (auto i = end; i-- > 0;) {
      if (!all[i].is_ready()) continue;
      const auto at = static_cast<std::ptrdiff_t>(i < first_child ? i : i - first_child);
      if (i >= first_child) {
        CHECK(children[i - first_child].wait(0ms) == support::exit_code(0));
        children.erase(children.begin() + at);
      } else if (!lines[i].go_on()) {
        lines.erase(lines.begin() + at);
      }
    }
  }

  void pour() {
    const std::vector<std::byte> some(std::min(left_for_sink, strait::pipe::atomic_size));
    const auto written = sink.write(some, 0ms);
    if (written) left_for_sink -= *written;
    if (!written && written.error() != std::errc::timed_out) or_throw(written);
  }
};

}  // namespace

TEST_CASE("all of a mixed company are served, at random moments", "[wait]") {
  company all;
  std::vector<strait::pipe_writer> ends;
  for (auto& p : make_pipes(100)) {
    all.lines.push_back({.from = std::move(p.reader)});
    ends.push_back(std::move(p.writer));
  }
  all.children = start_children(support::scaled(100, 5));
  // Wine does not tell how much room there is, so each of its writes waits to be tried.
  all.left_for_sink = support::under_wine() ? 5'000 : support::scaled(20'000'000, 20'000);
  auto sink = or_throw(strait::pipe::create());
  all.sink = std::move(sink.writer);
  const auto expected = all.left_for_sink;
  const auto count = support::scaled(5000, 50);
  std::size_t drained = 0;

  {
    const std::jthread sending{[&ends, count] { send_numbers(std::move(ends), count); }};
    const std::jthread draining{[&drained, from = std::move(sink.reader)]() mutable {
      drained = support::rest_of(from).size();
    }};
    std::vector<strait::pipe_writer> inputs;
    for (auto& c : all.children) inputs.push_back(std::move(c.input));
    while (!all.is_over()) {
      auto things = all.things();
      or_throw(wait_any(things, soon));
      all.serve(things);
      if (!inputs.empty()) inputs.pop_back();  // and one more child ends
    }
    REQUIRE(all.sink.close());
  }

  CHECK(drained == expected);
}

TEST_CASE("waits that end at random moments lose nothing", "[wait]") {
  std::vector<line> lines;
  std::vector<strait::pipe_writer> ends;
  for (auto& p : make_pipes(20)) {
    lines.push_back({.from = std::move(p.reader)});
    ends.push_back(std::move(p.writer));
  }
  std::mt19937 dice{6};  // NOLINT(bugprone-random-generator-seed): the same each time
  const auto count = support::scaled(10'000, 50);
  const std::jthread sending{[&ends, count] { send_numbers(std::move(ends), count); }};

  for (const strait::deadline end = soon; !lines.empty() && !end.has_passed();) {
    std::vector<readiness> things;
    for (const auto& l : lines) things.push_back(l.from.readable());
    const auto found = wait_any(things, std::chrono::microseconds{dice() % 50});
    if (!found) REQUIRE(found.error() == std::errc::timed_out);
    if (found && !lines[*found].go_on()) {
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(*found));
    }
  }

  CHECK(lines.empty());
}
