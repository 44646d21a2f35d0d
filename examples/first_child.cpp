// SPDX-License-Identifier: MIT
// Three children run a race, and their parent notes them in the order in which they come in.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

struct runner {
  std::string name;
  strait::child child;
};

void run_laps(int laps) {
  std::this_thread::sleep_for(laps * 50ms);
}

runner start(std::string name, const std::string& laps) {
  return {
      .name = std::move(name),
      .child = or_throw(strait::spawn(
          {.program = or_throw(strait::program_path()), .args = {laps}, .die_with_parent = true}))};
}

void watch() {
  std::vector<runner> running;
  running.push_back(start("hare", "4"));
  running.push_back(start("tortoise", "2"));
  running.push_back(start("snail", "8"));

  for (int place = 1; !running.empty(); ++place) {
    std::vector<strait::readiness> ends;
    ends.reserve(running.size());
    for (const auto& r : running) ends.push_back(r.child.exited());
    const auto first = or_throw(strait::wait_any(ends, 10s));
    fmt::print("{}. {}\n", place, running[first].name);
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 1) {
    run_laps(std::stoi(argv[1]));
  } else {
    watch();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
