// SPDX-License-Identifier: MIT
// A parent sends jobs to its child through a pipe, and the child finds the pipe by its name.
#include <array>
#include <chrono>
#include <cstdio>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

/// Counts the lines until the parent closes its end.
int work() {
  auto jobs = or_throw(strait::inherited<strait::pipe_reader>("jobs"));
  int done = 0;
  std::array<std::byte, 256> buffer;
  while (const auto size = or_throw(jobs.read(buffer))) {
    for (const char c : strait::as_text(std::span{buffer}.first(size))) done += c == '\n' ? 1 : 0;
  }
  return done;
}

void direct() {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto worker = or_throw(strait::spawn({.program = or_throw(strait::program_path()),
                                        .args = {"work"},
                                        .give = {{"jobs", std::move(reader)}},
                                        .die_with_parent = true}));

  or_throw(write_all(writer, strait::as_bytes("wash\npeel\ncook\n"), 1s));
  or_throw(writer.close());  // no more jobs

  const auto ended = or_throw(worker.wait(10s));
  fmt::print("the child did {} jobs\n", ended.value);
}

}  // namespace

int main(int argc, char** /*argv*/) try {
  if (argc > 1) return work();
  direct();
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
