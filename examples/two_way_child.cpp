// SPDX-License-Identifier: MIT
// A question to a child and its answer, over a pipe in each direction.
#include <array>
#include <chrono>
#include <cstdio>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

using numbers = std::array<std::int32_t, 2>;

/// Multiplies whatever comes, until nothing comes any more.
void calculate() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  numbers factors{};
  while (read_exactly(parent, std::as_writable_bytes(std::span{factors}))) {
    const std::array product{factors[0] * factors[1]};
    or_throw(write_all(parent, std::as_bytes(std::span{product}), 1s));
  }
}

void ask() {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto calculator = or_throw(strait::spawn({.program = or_throw(strait::program_path()),
                                            .args = {"calculate"},
                                            .give = {{"parent", std::move(theirs)}}}));

  const numbers question{6, 7};
  std::array<std::int32_t, 1> answer{};
  or_throw(write_all(ours, std::as_bytes(std::span{question}), 1s));
  or_throw(read_exactly(ours, std::as_writable_bytes(std::span{answer}), 10s));
  fmt::print("{} x {} = {}\n", question[0], question[1], answer[0]);

  or_throw(ours.writer.close());
  or_throw(calculator.wait(10s));
}

}  // namespace

int main(int argc, char** /*argv*/) try {
  if (argc > 1) {
    calculate();
  } else {
    ask();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
