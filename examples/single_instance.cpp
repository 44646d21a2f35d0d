// SPDX-License-Identifier: MIT
// An application of which one instance runs at a time: a second one sees that, and leaves.
#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

/// What the application's main does first. No lease, no second window.
int run_application(const std::string& name) {
  const auto only_one = strait::lease::acquire(name, 0ms);
  if (!only_one && only_one.error() == strait::condition::timed_out) {
    const auto other = or_throw(strait::lease::holder(name));
    fmt::print("already running as process {}\n", other ? other->id : 0);
    return 3;
  }
  if (!only_one) throw strait::failure{only_one.error()};

  fmt::print("the first instance\n");
  std::fflush(stdout);
  // What an application does all day; here it lasts until it is asked to stop.
  or_throw(strait::wait_for_stop(20s));
  return 0;
}

strait::command application(const std::string& name) {
  return {.program = or_throw(strait::program_path()),
          .args = {name},
          .output = strait::redirect::pipe(),
          .die_with_parent = true};
}

void show() {
  // An application has a fixed name, "editor"; this one is for this run of the example alone.
  const auto moment = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto name = fmt::format("example-{}", moment);
  auto first = or_throw(strait::spawn(application(name)));
  std::array<std::byte, 64> said;
  const auto size = or_throw(first.output.read(said, 20s));
  fmt::print("{}", strait::as_text(std::span{said}.first(size)));

  const auto second = or_throw(strait::run(application(name), {}, 20s));
  fmt::print("{}the second ended with {}\n", second.output, second.status.message());

  or_throw(first.kill());  // a crash is enough: nothing stays behind
  or_throw(first.wait(20s));
  fmt::print("free again: {}\n", strait::lease::acquire(name, 20s) ? "yes" : "no");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 1) return run_application(argv[1]);
  show();
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
