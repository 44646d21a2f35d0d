// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include <fmt/core.h>

#include "tour.hpp"

namespace {

std::string middle_of(std::vector<tour::duration> times) {
  if (times.empty()) return "-";
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  const auto us = std::chrono::duration<double, std::micro>(*middle).count();
  return us < 10'000 ? fmt::format("{:.1f} us", us) : fmt::format("{:.1f} ms", us / 1000);
}

void print(std::string_view mechanism, std::string_view primitive, std::string_view messages,
           std::string_view bytes, std::string_view round_trip, std::string_view end) {
  fmt::print("{:<34}{:<24}{:>9}{:>12}{:>13}  {}\n", mechanism, primitive, messages, bytes,
             round_trip, end);
}

/// Goes to one stop and tells whether all went well.
bool visit(const tour::stop& s) try {
  const auto seen = s.here();
  print(s.mechanism, s.primitive, fmt::format("{}", seen.messages), fmt::format("{}", seen.bytes),
        middle_of(seen.round_trips), "ok");
  return true;
} catch (const std::exception& e) {
  print(s.mechanism, s.primitive, "-", "-", "-", fmt::format("failed: {}", e.what()));
  return false;
}

int visit_all(const std::vector<tour::stop>& all) {
  print("mechanism", "stands on", "messages", "bytes", "round trip", "");
  const auto failed = std::ranges::count_if(all, [](const tour::stop& s) { return !visit(s); });
  return failed == 0 ? 0 : 1;
}

int play(const std::vector<tour::stop>& all, std::string_view role) {
  const auto found = std::ranges::find(all, role, &tour::stop::role);
  if (found == all.end()) {
    fmt::print(stderr, "usage: strait_tour, without arguments\n");
    return 2;
  }
  found->there();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<tour::stop> all;
  tour::add_pipes(all);
  tour::add_processes(all);
  tour::add_streams(all);
  tour::add_udp(all);
  tour::add_fifos(all);
  tour::add_files(all);
  tour::add_leases(all);
  tour::add_memory(all);
  tour::add_waits(all);
  return argc > 1 ? play(all, argv[1]) : visit_all(all);
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
