// SPDX-License-Identifier: MIT
// Several processes log lines to a collector. Nobody is anybody's child; all they share is a name.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

constexpr int workers = 3;

/// A line is written in one piece, so it is never mixed with another's.
void work(const std::string& log, int number) {
  auto to = or_throw(strait::fifo_writer::open(log, 10s));
  for (const char* step : {"starts", "works", "is done"}) {
    or_throw(to.write(strait::as_bytes(fmt::format("worker {} {}\n", number, step)), 10s));
  }
}

void collect(const std::string& log) {
  auto lines = or_throw(strait::fifo_reader::create(log, {.end = strait::at_end::wait_for_next}));
  std::vector<strait::child> started;
  for (int number = 1; number <= workers; ++number) {
    started.push_back(or_throw(strait::spawn(
        {.program = or_throw(strait::program_path()), .args = {log, std::to_string(number)}})));
  }

  std::string all;
  std::array<std::byte, 256> buffer;
  while (std::ranges::count(all, '\n') < 3 * workers) {
    const auto size = or_throw(lines.read(buffer, 10s));
    all += strait::as_text(std::span{buffer}.first(size));
  }
  fmt::print("{}{} lines\n", all, std::ranges::count(all, '\n'));
  for (auto& worker : started) or_throw(worker.wait(10s));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 2) {
    work(argv[1], std::stoi(argv[2]));
  } else {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    collect(fmt::format("log-{}", now));  // for this run alone; else "log" would do
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
