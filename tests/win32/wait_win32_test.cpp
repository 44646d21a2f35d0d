// SPDX-License-Identifier: MIT
// wait_any as Windows has it: pipes of messages, events, and room that readers hide.
#include "support/win32/win32.hpp"

#include <strait/wait.hpp>

#include <array>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::handle;
using strait::or_throw;
using strait::readiness;
using strait::wait_any;
using support::soon;
using support::why;
using kind = strait::detail::watched::kind;

namespace {

handle adopt(HANDLE raw, const char* made_by) {
  if (raw == nullptr || raw == INVALID_HANDLE_VALUE) support::throw_last_error(made_by);
  return handle::adopt(raw);
}

handle make_event() {
  return adopt(::CreateEventW(nullptr, TRUE, FALSE, nullptr), "CreateEventW");
}

// Both ends of a pipe of messages, the reading one overlapped.
struct message_pipe {
  handle reader;
  handle writer;
  bool ended = false;

  message_pipe() {
    const auto name = support::widen(R"(\\.\pipe\)" + support::unique_name());
    reader = adopt(
        ::CreateNamedPipeW(
            name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
            PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096, 4096, 0, nullptr),
        "CreateNamedPipeW");
    writer = adopt(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                                 OPEN_EXISTING, 0, nullptr),
                   "CreateFileW");
  }

  void send(std::string_view message) const {
    DWORD written = 0;
    support::require(::WriteFile(writer.get(), message.data(), static_cast<DWORD>(message.size()),
                                 &written, nullptr),
                     "WriteFile");
  }

  // The message that is there.
  [[nodiscard]] std::string receive() const {
    const auto event = make_event();
    OVERLAPPED io{};
    io.hEvent = event.get();
    std::string text(100, '\0');
    DWORD size = 0;
    support::require(::ReadFile(reader.get(), text.data(), 100, nullptr, &io), "ReadFile");
    support::require(::GetOverlappedResult(reader.get(), &io, &size, FALSE), "ReadFile");
    text.resize(size);
    return text;
  }

  readiness readable() {
    return readiness{{.what = reader.get(), .until = kind::readable, .ended = &ended}};
  }
};

// Waits for one of 200 events. A process of its own: of the thread pool, which helps with so many,
// something stays open in between.
const support::role waits_for_many{"wait.waits_for_many_events", [](support::role_args) {
  std::vector<handle> events;
  std::vector<readiness> things;
  for (int i = 0; i < 200; ++i) {
    events.push_back(make_event());
    things.emplace_back(
        strait::detail::watched{.what = events.back().get(), .until = kind::signalled});
  }
  if (why(wait_any(things, 0ms)) != std::errc::timed_out) return 1;
  if (why(wait_any(things, 20ms)) != std::errc::timed_out) return 2;
  for (const std::size_t chosen : {199U, 0U, 61U, 62U, 63U, 64U, 100U}) {
    strait::result<std::size_t> woken;
    {
      const std::jthread waiting{[&] { woken = wait_any(things, soon); }};
      ::SetEvent(events[chosen].get());
    }
    if (woken != chosen) return 3;
    ::ResetEvent(events[chosen].get());
  }
  return 0;
}};

}  // namespace

TEST_CASE("a message that waits is ready, and stays whole", "[wait][win32]") {
  message_pipe p;
  CHECK(why(wait_any({p.readable()}, 0ms)) == std::errc::timed_out);
  p.send("one");
  p.send("two");

  CHECK(wait_any({p.readable()}, 0ms) == 0);
  CHECK(wait_any({p.readable()}, 0ms) == 0);

  CHECK_FALSE(p.ended);
  CHECK(p.receive() == "one");
  CHECK(p.receive() == "two");
  CHECK(why(wait_any({p.readable()}, 0ms)) == std::errc::timed_out);
}

TEST_CASE("a message that comes wakes who waits, and stays whole", "[wait][win32]") {
  message_pipe p;
  strait::result<std::size_t> woken;

  {
    const std::jthread waiting{[&] { woken = wait_any({p.readable()}, soon); }};
    p.send("late");
  }

  CHECK(woken == 0);
  CHECK_FALSE(p.ended);
  CHECK(p.receive() == "late");
}

TEST_CASE("an empty message is the end, which is marked when it is taken", "[wait][win32]") {
  message_pipe p;
  p.send("last");
  p.send("");

  CHECK(wait_any({p.readable()}, 0ms) == 0);
  CHECK_FALSE(p.ended);
  CHECK(p.receive() == "last");
  CHECK(wait_any({p.readable()}, 0ms) == 0);
  CHECK(p.ended);
  CHECK(wait_any({p.readable()}, 0ms) == 0);
}

TEST_CASE("an empty message that comes wakes who waits", "[wait][win32]") {
  message_pipe p;
  strait::result<std::size_t> woken;

  {
    const std::jthread waiting{[&] { woken = wait_any({p.readable(), p.readable()}, soon); }};
    p.send("");
  }

  CHECK(woken.has_value());
  CHECK(p.ended);
}

TEST_CASE("an empty message is not lost in a wait that ends just then", "[wait][win32]") {
  std::mt19937 dice{8};  // NOLINT(bugprone-random-generator-seed): the same moments each time
  for (auto round = support::scaled(2000, 20); round > 0; --round) {
    message_pipe p;
    const std::jthread sending{[&p, pause = dice() % 300] {
      std::this_thread::sleep_for(std::chrono::microseconds{pause});
      p.send("");
    }};
    const strait::deadline end = soon;
    while (!p.ended && !end.has_passed()) {
      const auto found = wait_any({p.readable()}, std::chrono::microseconds{dice() % 50});
      REQUIRE(found.has_value() == p.ended);
    }
    REQUIRE(p.ended);
  }
}

TEST_CASE("a pipe of messages whose writer has gone is ready", "[wait][win32]") {
  message_pipe p;
  REQUIRE(p.writer.close());

  CHECK(wait_any({p.readable()}, 0ms) == 0);
  CHECK_FALSE(p.ended);
}

TEST_CASE("more events are waited for than one call of the system takes", "[wait][win32]") {
  CHECK(support::outcome_of(waits_for_many.command()) == support::exit_code(0));
}

TEST_CASE("room that a waiting reader hides is found in the end", "[wait][win32]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto event = make_event();
  OVERLAPPED io{};
  io.hEvent = event.get();
  std::vector<std::byte> much(or_throw(reader.capacity()));
  REQUIRE(::ReadFile(reader.native(), much.data(), static_cast<DWORD>(much.size()), nullptr, &io) ==
          FALSE);
  REQUIRE(::GetLastError() == ERROR_IO_PENDING);

  CHECK(wait_any({writer.writable()}, soon) == 0);
  CHECK(writer.write(strait::as_bytes("x"), 0ms) == 1);

  DWORD size = 0;
  REQUIRE(::GetOverlappedResult(reader.native(), &io, &size, TRUE) != FALSE);
  CHECK(size == 1);
}

TEST_CASE("a strait reader that waits hides no room", "[wait][win32]") {
  if (support::under_wine()) return support::skip("Wine does not tell how much room there is");
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::vector<std::byte> much(or_throw(reader.capacity()));
  strait::result<std::size_t> got;

  {
    const std::jthread reading{[&, &from = reader] { got = from.read(much, soon); }};
    // Until it waits there is room anyway.
    for (int round = 0; round < 100; ++round) CHECK(wait_any({writer.writable()}, 0ms) == 0);
    CHECK(writer.write(strait::as_bytes("x"), 0ms) == 1);
  }

  CHECK(got == 1);
}

TEST_CASE("a write that does not fit as a whole in time takes what fits", "[pipe][win32]") {
  if (support::under_wine()) return support::skip("Wine does not tell how much room there is");
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::vector<std::byte> all(or_throw(writer.capacity()));
  REQUIRE(writer.write(strait::const_bytes{all}.first(1000), soon) == 1000);

  CHECK(writer.write(all, 0ms) == all.size() - 1000);
  CHECK(why(writer.write(all, 0ms)) == std::errc::timed_out);
}
