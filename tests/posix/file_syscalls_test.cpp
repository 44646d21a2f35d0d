// SPDX-License-Identifier: MIT
// Locks cost nothing over the system call, and appending no more than it needs: counted by strace.
#include <strait/file_lock.hpp>
#include <strait/shared_file.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using strait::or_throw;
using support::soon;

namespace {

// Locks and unlocks the file once, "never" waiting longer than need be or with a "deadline".
const support::role locks{"file-syscalls-lock", [](support::role_args args) {
  auto file = or_throw(strait::file_lock::open(args[0]));
  const auto until = args[1] == "never" ? strait::deadline{} : strait::deadline{soon};
  or_throw(or_throw(file.lock(until)).release());
  support::strace::mark();
  or_throw(or_throw(file.lock(until)).release());
  support::strace::mark();
  return 0;
}};

// Appends a record after another.
const support::role appends{"file-syscalls-append", [](support::role_args args) {
  auto file = or_throw(strait::appender::open(args[0]));
  or_throw(file.append(strait::as_bytes("first\n")));
  support::strace::mark();
  or_throw(file.append(strait::as_bytes("second\n")));
  support::strace::mark();
  return 0;
}};

std::vector<std::string> calls_of(const support::strace& tracer, const strait::command& c) {
  if (!support::outcome_of(tracer.counting(c)).success()) return {"failed"};
  return tracer.calls();
}

}  // namespace

TEST_CASE("a free file is locked by one system call, and unlocked by one", "[file_lock][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  for (const auto* until : {"never", "deadline"}) {
    const support::file_place place;
    CHECK(calls_of(tracer, locks.command({place.path, until})) ==
          std::vector<std::string>{"fcntl", "fcntl"});
  }
}

TEST_CASE("a record is appended by four system calls", "[shared_file][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());
  const support::file_place place;
  const auto calls = calls_of(tracer, appends.command({place.path}));
  REQUIRE(calls.size() == 4);
  CHECK(calls[0] == "fcntl");
  CHECK(calls[2] == "write");
  CHECK(calls[3] == "fcntl");
}
