// SPDX-License-Identifier: MIT
// Pipes between two processes, one of which may be killed or frozen.
#include <strait/pipe.hpp>

#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <strait/process.hpp>
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
using support::soon;
using support::why;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

// Writes 1 MiB and leaves without a word.
const support::role writes_and_leaves{"pipe.writes_and_leaves", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  or_throw(strait::write_all(to, support::noise(mebibyte), soon));
  return 0;
}};

// Sends back each byte that comes.
const support::role echoes{"pipe.echoes", [](support::role_args) {
  auto talk = or_throw(inherited<strait::duplex_pipe>("talk"));
  for (std::byte one{}; or_throw(talk.read({&one, 1}, soon)) == 1;) {
    or_throw(talk.write({&one, 1}, soon));
  }
  return 0;
}};

// Says hello over "out", and goes on holding both of its ends.
const support::role holds{"pipe.holds", [](support::role_args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  auto from = or_throw(inherited<strait::pipe_reader>("in"));
  or_throw(to.write(as_bytes("!"), soon));
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

const support::role writes_records{"pipe.writes_records", [](support::role_args args) {
  auto to = or_throw(inherited<strait::pipe_writer>("out"));
  const std::vector<std::byte> record(strait::pipe::atomic_size,
                                      static_cast<std::byte>(args[0].at(0)));
  for (int rounds = std::stoi(args[1]); rounds > 0; --rounds) {
    if (or_throw(to.write(record, soon)) != record.size()) return 1;
  }
  return 0;
}};

struct held {
  strait::child child;
  strait::pipe_reader from;
  strait::pipe_writer to;
};

// A child that holds the other ends of both pipes, and has said so.
held start_holder() {
  auto out = or_throw(strait::pipe::create());
  auto in = or_throw(strait::pipe::create());
  auto command = holds.command();
  command.give.emplace_back("out", std::move(out.writer));
  command.give.emplace_back("in", std::move(in.reader));
  held h{
      .child = support::start(command), .from = std::move(out.reader), .to = std::move(in.writer)};
  std::byte hello{};
  or_throw(strait::read_exactly(h.from, {&hello, 1}, soon));
  return h;
}

}  // namespace

TEST_CASE("what a process wrote is read after its death", "[pipe]") {
  auto [reader, writer] = or_throw(strait::pipe::create({.capacity = mebibyte}));
  const bool fits = or_throw(reader.capacity()) >= mebibyte;
  auto command = writes_and_leaves.command();
  command.give.emplace_back("out", std::move(writer));
  auto child = support::start(command);

  std::vector<std::byte> got;
  if (!fits) {  // then it cannot leave before some of it has been read
    got.resize(mebibyte - (or_throw(reader.capacity()) / 2));
    or_throw(strait::read_exactly(reader, got, soon));
  }
  REQUIRE(support::end_of(child).success());
  const auto rest = support::rest_of(reader);
  got.insert(got.end(), rest.begin(), rest.end());

  CHECK(support::same(got, support::noise(mebibyte)));
}

TEST_CASE("two processes talk in both directions", "[pipe]") {
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  auto command = echoes.command();
  command.give.emplace_back("talk", std::move(there));
  auto child = support::start(command);

  for (const char letter : std::string{"over the strait and back"}) {
    std::byte one{static_cast<unsigned char>(letter)};
    REQUIRE(here.write({&one, 1}, soon) == 1);
    REQUIRE(strait::read_exactly(here, {&one, 1}, soon));
    CHECK(static_cast<char>(one) == letter);
  }

  REQUIRE(here.writer.close());
  CHECK(support::end_of(child).success());
}

TEST_CASE("a writer that is killed is the end of the stream", "[pipe]") {
  auto h = start_holder();
  std::byte one{};
  CHECK(why(h.from.read({&one, 1}, 20ms)) == std::errc::timed_out);

  support::kill_hard(h.child.id());

  CHECK(h.from.read({&one, 1}, soon) == 0);
  CHECK(support::end_of(h.child) == support::killed_hard());
}

TEST_CASE("a reader that is killed is broken_pipe, also for a write that waits", "[pipe]") {
  auto h = start_holder();
  support::fill(h.to);

  strait::result<> written;
  {
    const std::jthread waiting{
        [&] { written = strait::write_all(h.to, as_bytes("anyone?"), soon); }};
    support::kill_hard(h.child.id());
  }

  CHECK(why(written) == std::errc::broken_pipe);
  CHECK(why(h.to.write(as_bytes("x"))) == std::errc::broken_pipe);
  CHECK(support::end_of(h.child) == support::killed_hard());
}

TEST_CASE("a frozen peer holds nobody beyond a deadline", "[pipe]") {
  auto [here, there] = or_throw(strait::duplex_pipe::create());
  auto command = echoes.command();
  command.give.emplace_back("talk", std::move(there));
  auto child = support::start(command);
  std::byte one{'x'};
  REQUIRE(here.write({&one, 1}, soon) == 1);
  REQUIRE(here.read({&one, 1}, soon) == 1);

  support::suspend(child.id());
  CHECK(here.write({&one, 1}, soon) == 1);
  CHECK(why(here.read({&one, 1}, 50ms)) == std::errc::timed_out);
  support::fill(here.writer);
  CHECK(why(here.write({&one, 1}, 50ms)) == std::errc::timed_out);

  support::resume(child.id());
  CHECK(here.read({&one, 1}, soon) == 1);
  CHECK(child.kill());
  CHECK(support::end_of(child) == support::killed_by_strait());
}

TEST_CASE("small writes of several processes never mix", "[pipe]") {
  constexpr std::string_view names = "abcd";
  const auto rounds = support::scaled(4'000, 50);
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<strait::child> children;
  for (const char name : names) {
    auto command = writes_records.command({std::string{name}, std::to_string(rounds)});
    command.give.emplace_back("out", or_throw(writer.duplicate()));
    children.push_back(support::start(command));
  }
  REQUIRE(writer.close());

  std::array<std::byte, strait::pipe::atomic_size> record{};
  std::array<std::size_t, names.size()> seen{};
  bool mixed = false;
  while (strait::read_exactly(reader, record, soon)) {
    for (const auto one : record) mixed = mixed || one != record[0];
    ++seen.at((static_cast<std::size_t>(record[0]) - 'a') % names.size());
  }

  CHECK_FALSE(mixed);
  for (const auto count : seen) CHECK(count == rounds);
  for (auto& child : children) CHECK(support::end_of(child).success());
}
