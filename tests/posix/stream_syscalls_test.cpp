// SPDX-License-Identifier: MIT
// Streams cost nothing over the system call: counted by strace.
#include <algorithm>
#include <string>
#include <vector>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/kinds.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::or_throw;
using support::soon;

namespace {

constexpr std::size_t rounds = 50;

// Does what its arguments say fifty times, between two marks: "read", "write" or "accept", and
// "never" or "deadline".
template <class Kind>
int transfer(support::role_args args) {
  Kind at;
  auto [client, server] = support::meet(at);
  const auto until = args[1] == "never" ? strait::deadline{} : strait::deadline{soon};
  std::byte one{};
  std::vector<typename Kind::stream> visitors;
  for (std::size_t i = 0; i < rounds; ++i) {
    or_throw(client.write({&one, 1}));
    visitors.push_back(or_throw(at.connect(soon)));
  }
  std::vector<typename Kind::stream> accepted(rounds);
  support::strace::mark();
  for (auto& next : accepted) {
    if (args[0] == "read") or_throw(server.read({&one, 1}, until));
    if (args[0] == "write") or_throw(server.write({&one, 1}, until));
    if (args[0] == "accept") next = or_throw(at.listener.accept(until));
  }
  support::strace::mark();
  return 0;
}

const support::role local{"syscalls.local", transfer<support::local_kind>};
const support::role tcp{"syscalls.tcp", transfer<support::tcp_kind>};
const support::role by_path{"syscalls.unix", transfer<support::unix_kind>};

// What is called each time, if it is the same and once each time.
std::string call_of(const support::strace& tracer, const support::role& transfers,
                    const char* operation, const char* until) {
  const auto end = support::outcome_of(tracer.counting(transfers.command({operation, until})));
  if (!end.success()) return end.message();
  const auto calls = tracer.calls();
  if (calls.size() != rounds) return std::to_string(calls.size()) + " calls";
  const bool is_same = std::ranges::all_of(calls, [&](const auto& c) { return c == calls[0]; });
  return is_same ? calls[0] : "several";
}

}  // namespace

TEST_CASE("reading from a stream is one system call if data is there", "[stream][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  for (const auto* const kind : {&local, &tcp, &by_path}) {
    CHECK(call_of(tracer, *kind, "read", "never") == "recvfrom");
    CHECK(call_of(tracer, *kind, "read", "deadline") == "recvmsg");
  }
}

TEST_CASE("writing to a stream is one system call if there is room", "[stream][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  for (const auto* const kind : {&local, &tcp, &by_path}) {
    CHECK(call_of(tracer, *kind, "write", "never") == "sendto");
    CHECK(call_of(tracer, *kind, "write", "deadline") == "sendmsg");
  }
}

TEST_CASE("accepting is one system call if somebody waits", "[local][posix]") {
  const support::strace tracer;
  if (!tracer) return support::skip(tracer.why_not());

  CHECK(call_of(tracer, local, "accept", "never") == "accept4");
  CHECK(call_of(tracer, local, "accept", "deadline") == "accept4");
}
