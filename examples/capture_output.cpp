// SPDX-License-Identifier: MIT
// Runs a program to its end and looks at what it wrote and how it ended.
#include <chrono>
#include <cstdio>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

int speak() {
  fmt::print("a line of output\n");
  fmt::print(stderr, "a line of errors\n");
  return 3;
}

void listen() {
  const auto left = or_throw(
      strait::run({.program = or_throw(strait::program_path()), .args = {"speak"}},
                  strait::as_bytes("nobody reads this"), 10s));
  fmt::print("{}: {}{}", left.status.message(), left.output, left.errors);
}

}  // namespace

int main(int argc, char** /*argv*/) try {
  if (argc > 1) return speak();
  listen();
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
