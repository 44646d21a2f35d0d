// SPDX-License-Identifier: MIT
// Several processes add lines to one log file, while another reads what is in it.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

constexpr int workers = 3;
constexpr int jobs = 100;

/// Each line is in the file as a whole when append returns, whatever others write meanwhile.
void work(const std::string& path, int number) {
  auto log = or_throw(strait::appender::open(path));
  for (int job = 1; job <= jobs; ++job) {
    const auto line = fmt::format("worker {}: job {} of {} is done\n", number, job, jobs);
    or_throw(log.append(strait::as_bytes(line), 10s));
  }
}

/// Counts the lines that are there now: nobody writes while the lock is held.
std::size_t count_lines(const std::string& path) {
  auto file = or_throw(strait::file_lock::open(path, {.read_only = true}));
  const auto reading = or_throw(file.lock_shared(10s));
  std::ifstream lines{std::filesystem::path{std::u8string{path.begin(), path.end()}}};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) ++count;
  return count;
}

void show() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto file = std::filesystem::temp_directory_path() / fmt::format("strait-log-{}", now);
  const auto name = file.u8string();
  const std::string path{name.begin(), name.end()};
  or_throw(strait::append_record(path, strait::as_bytes("the log begins\n")));

  std::vector<strait::child> started;
  for (int number = 1; number <= workers; ++number) {
    started.push_back(or_throw(strait::spawn(
        {.program = or_throw(strait::program_path()), .args = {path, std::to_string(number)}})));
  }
  fmt::print("{} lines or more\n", count_lines(path));
  for (auto& worker : started) or_throw(worker.wait(20s));
  fmt::print("{} lines in the end\n", count_lines(path));
  std::filesystem::remove(file);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 2) {
    work(argv[1], std::stoi(argv[2]));
  } else {
    show();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
