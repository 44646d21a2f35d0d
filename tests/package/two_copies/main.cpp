// SPDX-License-Identifier: MIT
// Two copies of strait in one process: children of both, and a request to end that both hear.
#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/stream.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "plugin.hpp"

using namespace std::chrono_literals;

namespace {

int failures = 0;

void expect(bool met, const char* what) {
  if (met) return;
  ++failures;
  std::printf("not so: %s\n", what);
}

/// The child: tells that both copies listen, then waits for both to be told.
int wait_to_be_stopped() {
  auto parent = strait::inherited<strait::pipe_writer>("ready");
  plugin_listens();
  static_cast<void>(strait::stop_requested());
  if (!parent || !write_all(*parent, strait::as_bytes("x"), 10s)) return 1;
  return strait::wait_for_stop(10s) && plugin_is_stopped() ? 0 : 2;
}

void stop_child_that_has_two_copies(const std::string& program) {
  auto ready = strait::pipe::create();
  if (!ready) return expect(false, "a pipe can be made");
  auto child = strait::spawn(
      {.program = program, .args = {"wait"}, .give = {{"ready", std::move(ready->writer)}}});
  if (!child) return expect(false, "a child can be started");
  std::array<std::byte, 1> signal{};
  expect(read_exactly(ready->reader, signal, 10s).has_value(), "the child is ready");
  const auto end = child->stop(10s);
  expect(end && end->success(), "both copies in the child hear that it is to end");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view role = argc > 1 ? argv[1] : "";
  if (role == "wait") return wait_to_be_stopped();
  if (!role.empty()) return std::fputs(argv[1], stdout) < 0 ? 1 : 0;

  const auto program = strait::program_path().value();
  const void* ours = reinterpret_cast<const void*>(&strait::stop_requested);
  expect(ours != plugin_address(), "the plug-in has a copy of its own");
  for (int round = 0; round < 20; ++round) {
    const auto done = strait::run({.program = program, .args = {"hello"}}, {}, 10s);
    expect(done && done->output == "hello", "this copy runs children");
    expect(plugin_runs_child("hello, plug-in"), "the plug-in's copy runs children");
  }
  stop_child_that_has_two_copies(program);
  return failures == 0 ? 0 : 1;
}
