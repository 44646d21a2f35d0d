// SPDX-License-Identifier: MIT
// A program that remembers how often it was run, in a mapped file. However a run ends, it counts.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

struct numbers {
  std::uint64_t runs;
  std::uint64_t ended_well;
};

/// Several of these may run at once: each has the same file, and the same numbers.
void run_once(const std::string& path) {
  if (strait::stop_requested()) return;  // from now on it is heard
  auto file = or_throw(strait::mapped_file::open_or_create(path, sizeof(numbers)));
  auto& count = *reinterpret_cast<numbers*>(file.writable_bytes().data());
  const auto number = ++std::atomic_ref{count.runs};
  or_throw(file.flush(strait::durability::full));  // not even a loss of power takes this run away
  fmt::print("run {}\n", number);
  std::fflush(stdout);

  // What the program is for; here it lasts until it is asked to stop, or killed.
  or_throw(strait::wait_for_stop(20s));
  ++std::atomic_ref{count.ended_well};
}

/// Starts it, and ends it in one way or another when it has counted.
void run_and_end(const std::string& path, bool well) {
  auto run = or_throw(strait::spawn({.program = or_throw(strait::program_path()),
                                     .args = {path},
                                     .output = strait::redirect::pipe(),
                                     .die_with_parent = true}));
  std::array<std::byte, 64> said;
  const auto size = or_throw(run.output.read(said, 20s));
  fmt::print("{}", strait::as_text(std::span{said}.first(size)));
  if (!well) or_throw(run.kill());
  or_throw(well ? run.stop(20s) : run.wait(20s));
}

void show() {
  // A program has its file at a place of its own; this one is for this run of the example alone.
  const auto moment = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto place = std::filesystem::temp_directory_path() / fmt::format("counter-{}", moment);
  const auto utf8 = place.u8string();
  const std::string path{reinterpret_cast<const char*>(utf8.data()), utf8.size()};

  for (const bool well : {true, false, true}) run_and_end(path, well);

  auto file = or_throw(strait::mapped_file::open(path));
  const auto& count = *reinterpret_cast<const numbers*>(file.bytes().data());
  fmt::print("it was run {} times and ended well {} times\n", count.runs, count.ended_well);
  or_throw(file.close());
  std::filesystem::remove(place);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 1) {
    run_once(argv[1]);
  } else {
    show();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
