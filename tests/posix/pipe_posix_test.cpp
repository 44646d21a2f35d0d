// SPDX-License-Identifier: MIT
// Pipes as POSIX has them: descriptors, their flags and limits, and signals in between.
#include <strait/pipe.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>
#include <strait/wait.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

bool has_nonblock(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

std::atomic<int>& alarms() noexcept {
  static std::atomic<int> count = 0;
  return count;
}

// Interrupts this process's calls a thousand times a second; no call is restarted by the system.
void start_storm() {
  struct sigaction action{};
  action.sa_handler = [](int /*signal*/) { ++alarms(); };
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval often{.it_interval = {.tv_sec = 0, .tv_usec = 1'000},
                        .it_value = {.tv_sec = 0, .tv_usec = 1'000}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
}

const support::role transfers_in_a_storm{"posix.transfers_in_a_storm", [](support::role_args) {
  start_storm();
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto sent = support::noise(4 * 1024 * 1024);
  std::vector<std::byte> got(sent.size());
  strait::result<> written;
  strait::result<> read;
  {
    const std::jthread writing{[&, &to = writer] {
      const auto half = sent.size() / 2;
      written = strait::write_all(to, strait::const_bytes{sent}.first(half), soon);
      std::this_thread::sleep_for(30ms);  // the reader waits, and is interrupted
      if (written) written = strait::write_all(to, strait::const_bytes{sent}.subspan(half));
    }};
    std::this_thread::sleep_for(30ms);  // the writer waits, and is interrupted
    const auto half = got.size() / 2;
    read = strait::read_exactly(reader, strait::bytes{got}.first(half), soon);
    if (read) read = strait::read_exactly(reader, strait::bytes{got}.subspan(half));
  }
  if (!written || !read || got != sent) return 1;
  return alarms() > 10 ? 0 : 2;
}};

const support::role waits_in_a_storm{"posix.waits_in_a_storm", [](support::role_args) {
  start_storm();
  auto [reader, writer] = or_throw(strait::pipe::create());
  std::byte one{};
  const auto begin = std::chrono::steady_clock::now();
  if (why(reader.read({&one, 1}, 100ms)) != std::errc::timed_out) return 1;
  if (why(strait::wait_any({reader.readable()}, 100ms)) != std::errc::timed_out) return 2;
  support::fill(writer);
  if (why(writer.write({&one, 1}, 100ms)) != std::errc::timed_out) return 3;
  const auto took = std::chrono::steady_clock::now() - begin;
  if (took < 300ms || took > 10s) return 4;
  return alarms() > 10 ? 0 : 5;
}};

// While it lives, this process can open nothing any more.
class no_descriptors {
 public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto limit = before_;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, 64);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    while (::dup(STDERR_FILENO) != -1) {
    }
  }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// 0, or the number of what went wrong.
int use_pipes_without_descriptors(strait::pipe& p) {
  const no_descriptors while_here;
  const auto full = std::errc::too_many_files_open;
  std::byte one{};
  if (why(strait::pipe::create()) != full) return 1;
  if (why(strait::plain_pipe::create()) != full) return 2;
  if (why(strait::duplex_pipe::create()) != full) return 3;
  if (why(p.reader.duplicate()) != full) return 4;
  if (why(strait::spawn({.program = "true"})) != full) return 5;
  // What needs no new descriptor still works.
  std::stop_source source;
  if (why(p.reader.read({&one, 1}, 5ms)) != std::errc::timed_out) return 6;
  if (p.writer.write({&one, 1}, {soon, source.get_token()}) != 1) return 7;
  if (p.reader.read({&one, 1}, {soon, source.get_token()}) != 1) return 8;
  // A wait that can be stopped needs one to be woken by.
  if (why(p.reader.read({&one, 1}, {soon, source.get_token()})) != full) return 9;
  support::fill(p.writer);
  return why(p.writer.write({&one, 1}, {soon, source.get_token()})) == full ? 0 : 10;
}

const support::role runs_out{"posix.runs_out", [](support::role_args) {
  auto p = or_throw(strait::pipe::create());
  return use_pipes_without_descriptors(p);
}};

const support::role uses_all_of_a_pipe{"posix.uses_all_of_a_pipe", [](support::role_args) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto full = support::fill(writer);
  std::byte one{};
  if (why(writer.write({&one, 1}, 20ms)) != std::errc::timed_out) return 1;
  const std::vector<std::byte> much(1024 * 1024);
  if (why(writer.write(much, 0ms)) != std::errc::timed_out) return 2;
  std::vector<std::byte> some(full / 2);
  or_throw(strait::read_exactly(reader, some, soon));
  const auto written = or_throw(writer.write(much, 20ms));
  if (written == 0 || written > full) return 3;
  or_throw(writer.close());
  if (support::rest_of(reader).size() != full - some.size() + written) return 4;
  return reader.read(some, 0ms) == 0 ? 0 : 5;
}};

}  // namespace

TEST_CASE("reads and writes go on when signals interrupt them", "[pipe][posix]") {
  CHECK(support::outcome_of(transfers_in_a_storm.command()) == exit_code(0));
}

TEST_CASE("signals make no deadline come early or late", "[pipe][posix]") {
  CHECK(support::outcome_of(waits_in_a_storm.command()) == exit_code(0));
}

TEST_CASE("a process that may open no more is told so", "[pipe][posix]") {
  CHECK(support::outcome_of(runs_out.command()) == exit_code(0));
}

TEST_CASE("deadlines hold on kernels that know no flags for a single call", "[pipe][posix]") {
  CHECK(support::outcome_of(uses_all_of_a_pipe.command()) == exit_code(0));
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  CHECK(support::outcome_of(tracer.refusing_flags(uses_all_of_a_pipe.command())) == exit_code(0));
}

TEST_CASE("an adopted descriptor keeps its flags, whatever is done with it", "[pipe][posix]") {
  auto plain = or_throw(strait::plain_pipe::create());
  const int in = plain.reader.get();
  const int out = plain.writer.get();
  auto reader = or_throw(strait::pipe_reader::adopt(std::move(plain.reader)));
  auto writer = or_throw(strait::pipe_writer::adopt(std::move(plain.writer)));
  std::byte one{};
  std::stop_source source;

  CHECK(why(reader.read({&one, 1}, 0ms)) == std::errc::timed_out);
  CHECK(why(reader.read({&one, 1}, {5ms, source.get_token()})) == std::errc::timed_out);
  CHECK(writer.write({&one, 1}, soon) == 1);
  CHECK(reader.read({&one, 1}, soon) == 1);
  support::fill(writer);
  REQUIRE(strait::wait_any({reader.readable(), writer.writable()}, soon) == 0);

  CHECK_FALSE(has_nonblock(in));
  CHECK_FALSE(has_nonblock(out));
}

TEST_CASE("an adopted descriptor that never waits makes the calls wait all the same",
          "[pipe][posix]") {
  auto plain = or_throw(strait::plain_pipe::create());
  for (const int fd : {plain.reader.get(), plain.writer.get()}) {
    REQUIRE(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
  }
  auto reader = or_throw(strait::pipe_reader::adopt(std::move(plain.reader)));
  auto writer = or_throw(strait::pipe_writer::adopt(std::move(plain.writer)));
  const auto sent = support::noise(1024 * 1024);
  std::vector<std::byte> got;

  CHECK(why(reader.read(got, 0ms)) != std::errc::resource_unavailable_try_again);
  {
    const std::jthread reading{[&, &from = reader] {
      std::array<std::byte, 4096> some{};
      for (auto read = from.read(some); read && *read > 0; read = from.read(some)) {
        got.insert(got.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*read));
      }
    }};
    CHECK(strait::write_all(writer, sent));
    CHECK(writer.close());
  }

  CHECK(support::same(got, sent));
  CHECK(has_nonblock(reader.native()));
}

TEST_CASE("the ends of a plain pipe are ends like any other", "[pipe][posix]") {
  auto plain = or_throw(strait::plain_pipe::create());
  CHECK_FALSE(has_nonblock(plain.reader.get()));
  CHECK_FALSE(has_nonblock(plain.writer.get()));
  auto reader = or_throw(strait::pipe_reader::adopt(std::move(plain.reader)));
  auto writer = or_throw(strait::pipe_writer::adopt(std::move(plain.writer)));
  std::byte one{};

  CHECK(writer.write({&one, 1}, soon) == 1);
  CHECK(reader.read({&one, 1}, soon) == 1);
  CHECK(why(reader.read({&one, 1}, 5ms)) == std::errc::timed_out);
}
