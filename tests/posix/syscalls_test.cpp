// SPDX-License-Identifier: MIT
// It costs nothing over the system call: counted by strace.
#include <strait/pipe.hpp>

#include <sys/utsname.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <strait/fifo.hpp>
#include <strait/frame.hpp>
#include <strait/process.hpp>
#include <strait/throw.hpp>
#include <strait/wait.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using support::soon;
using names = std::vector<std::string>;

namespace {

constexpr std::size_t rounds = 100;

// Does what its arguments say a hundred times, between two marks: "read" or "write", and "never" or
// "deadline".
const support::role transfers{"syscalls.transfers", [](support::role_args args) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const bool reads = args[0] == "read";
  const auto until = args[1] == "never" ? strait::deadline{} : strait::deadline{soon};
  std::byte one{};
  // The first call may find out what the kernel can do.
  or_throw(writer.write({&one, 1}, until));
  or_throw(reader.read({&one, 1}, until));
  if (reads) {
    for (std::size_t i = 0; i < rounds; ++i) or_throw(writer.write({&one, 1}));
  }
  std::size_t moved = 0;
  support::strace::mark();
  for (std::size_t i = 0; i < rounds; ++i) {
    moved += or_throw(reads ? reader.read({&one, 1}, until) : writer.write({&one, 1}, until));
  }
  support::strace::mark();
  return moved == rounds ? 0 : 1;
}};

// Sends a hundred small frames, or receives them, between two marks.
const support::role exchanges_frames{"syscalls.exchanges_frames", [](support::role_args args) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const bool sends = args[0] == "send";
  const auto until = args[1] == "never" ? strait::deadline{} : strait::deadline{soon};
  const std::vector<std::byte> sent(100);
  std::vector<std::byte> received;
  or_throw(strait::send_frame(writer, sent, until));
  or_throw(strait::receive_frame(reader, received, sent.size(), until));
  for (std::size_t i = 0; !sends && i < rounds; ++i) or_throw(strait::send_frame(writer, sent));
  support::strace::mark();
  for (std::size_t i = 0; i < rounds; ++i) {
    if (sends) {
      or_throw(strait::send_frame(writer, sent, until));
    } else {
      or_throw(strait::receive_frame(reader, received, sent.size(), until));
    }
  }
  support::strace::mark();
  return 0;
}};

// Waits a hundred times for what is ready: with "never", "deadline" or "token".
const support::role waits{"syscalls.waits", [](support::role_args args) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const std::stop_source source;
  strait::deadline until;
  if (args[0] == "deadline") until = soon;
  if (args[0] == "token") until = {soon, source.get_token()};
  std::size_t found = 0;
  support::strace::mark();
  for (std::size_t i = 0; i < rounds; ++i) {
    found += or_throw(strait::wait_any({reader.readable(), writer.writable()}, until));
  }
  support::strace::mark();
  return found == rounds ? 0 : 1;
}};

// The same with a FIFO.
const support::role transfers_by_name{"syscalls.transfers_by_name", [](support::role_args args) {
  const auto name = support::unique_name();
  auto reader = or_throw(strait::fifo_reader::create(name));
  auto writer = or_throw(strait::fifo_writer::open(name, soon));
  const bool reads = args[0] == "read";
  const auto until = args[1] == "never" ? strait::deadline{} : strait::deadline{soon};
  std::byte one{};
  or_throw(writer.write({&one, 1}, until));
  or_throw(reader.read({&one, 1}, until));
  if (reads) {
    for (std::size_t i = 0; i < rounds; ++i) or_throw(writer.write({&one, 1}));
  }
  std::size_t moved = 0;
  support::strace::mark();
  for (std::size_t i = 0; i < rounds; ++i) {
    moved += or_throw(reads ? reader.read({&one, 1}, until) : writer.write({&one, 1}, until));
  }
  support::strace::mark();
  return moved == rounds ? 0 : 1;
}};

bool kernel_is_at_least(int major, int minor) {
  utsname system{};
  int has_major = 0;
  int has_minor = 0;
  if (::uname(&system) != 0 ||
      std::string_view{static_cast<const char*>(system.sysname)} != "Linux") {
    return false;
  }
  if (std::sscanf(static_cast<const char*>(system.release), "%d.%d", &has_major, &has_minor) != 2) {
    return false;
  }
  return std::pair{has_major, has_minor} >= std::pair{major, minor};
}

names counted(const support::strace& tracer, const char* operation, const char* until,
              const support::role& role = transfers) {
  const auto end = support::outcome_of(tracer.counting(role.command({operation, until})));
  return end.success() ? tracer.calls() : names{end.message()};
}

names counted_on_old_kernel(const support::strace& tracer, const char* operation,
                            const char* until) {
  const auto end = support::outcome_of(
      tracer.refusing_flags(transfers.command({operation, until})));
  return end.success() ? tracer.calls() : names{end.message()};
}

}  // namespace

TEST_CASE("a read without a deadline is one system call", "[pipe][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  CHECK(counted(tracer, "read", "never") == names(rounds, "read"));
  CHECK(counted_on_old_kernel(tracer, "read", "never") == names(rounds, "read"));
}

TEST_CASE("a read with a deadline is one system call if data is there", "[pipe][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  if (!kernel_is_at_least(6, 4)) return support::skip("RWF_NOWAIT on pipes came with Linux 6.4");

  CHECK(counted(tracer, "read", "deadline") == names(rounds, "preadv2"));
}

TEST_CASE("a read with a deadline is two system calls on an older kernel", "[pipe][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  CHECK(counted_on_old_kernel(tracer, "read", "deadline").size() == 2 * rounds);
}

TEST_CASE("a write is one system call, with a deadline or without", "[pipe][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  if (!kernel_is_at_least(6, 18)) return support::skip("RWF_NOSIGNAL came with Linux 6.18");

  CHECK(counted(tracer, "write", "never") == names(rounds, "pwritev2"));
  CHECK(counted(tracer, "write", "deadline") == names(rounds, "pwritev2"));
}

TEST_CASE("a write is three system calls where only a thread can be spared SIGPIPE",
          "[pipe][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  const auto never = counted_on_old_kernel(tracer, "write", "never");
  CHECK(never.size() == 3 * rounds);
  CHECK(std::ranges::count(never, "rt_sigprocmask") == 2 * rounds);
  // With a deadline poll has to be asked first.
  CHECK(counted_on_old_kernel(tracer, "write", "deadline").size() == 4 * rounds);
}

TEST_CASE("a small frame is sent by one system call, and received by two", "[frame][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  CHECK(counted(tracer, "receive", "never", exchanges_frames) == names(2 * rounds, "read"));
  if (!kernel_is_at_least(6, 18)) return support::skip("RWF_NOSIGNAL came with Linux 6.18");

  CHECK(counted(tracer, "send", "never", exchanges_frames) == names(rounds, "pwritev2"));
  CHECK(counted(tracer, "send", "deadline", exchanges_frames) == names(rounds, "pwritev2"));
}

TEST_CASE("a wait for things is one system call if one is ready", "[wait][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  for (const auto* until : {"never", "deadline", "token"}) {
    const auto end = support::outcome_of(tracer.counting(waits.command({until})));
    CHECK(end.success());
    const auto calls = tracer.calls();
    CHECK(calls.size() == rounds);
    // Some machines have ppoll only.
    CHECK(std::ranges::all_of(calls, [](const auto& name) { return name.ends_with("poll"); }));
  }
}

TEST_CASE("a read from a FIFO is one system call, and two with a deadline", "[fifo][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  CHECK(counted(tracer, "read", "never", transfers_by_name) == names(rounds, "read"));
  CHECK(counted(tracer, "read", "deadline", transfers_by_name).size() == 2 * rounds);
}

TEST_CASE("a write to a FIFO that has room is one system call, or three", "[fifo][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  for (const char* until : {"never", "deadline"}) {
    const auto calls = counted(tracer, "write", until, transfers_by_name).size();
    CHECK((calls == rounds || calls == 3 * rounds));
  }
}
