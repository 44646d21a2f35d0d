// SPDX-License-Identifier: MIT
#include <array>
#include <iostream>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t starts = 20;

void end_at_once() {}

outcome start_and_wait() {
  const auto self = myself_as("end-at-once");
  auto times = time_each(starts, [&] {
    auto started = or_throw(strait::spawn(self));
    expect(or_throw(started.wait(patience)).success(), "the child failed");
  });
  return {.messages = starts, .bytes = 0, .round_trips = std::move(times)};
}

void copy_input_to_output() {
  std::cout << std::cin.rdbuf() << std::flush;
}

outcome feed_and_capture() {
  const std::string text(1024 * 1024, 'x');
  auto times = time_each(1, [&] {
    const auto left = or_throw(strait::run(myself_as("copy"), strait::as_bytes(text), patience));
    expect(left.status.success() && left.output == text, "the copy is not the original");
  });
  return {.messages = 2, .bytes = 2 * text.size(), .round_trips = std::move(times)};
}

void leave_when_asked() {
  static_cast<void>(strait::stop_requested());  // listens from here on
  std::cout << "listening" << std::flush;
  or_throw(strait::wait_for_stop(patience));
}

outcome ask_to_leave() {
  auto self = myself_as("leave-when-asked");
  self.output = strait::redirect::pipe();
  self.die_with_parent = true;
  auto worker = or_throw(strait::spawn(self));
  std::array<std::byte, 9> listening;
  or_throw(read_exactly(worker.output, listening, patience));
  auto times = time_each(1, [&] {
    expect(or_throw(worker.stop(patience)).success(), "the child did not leave by itself");
  });
  return {.messages = 1, .bytes = 0, .round_trips = std::move(times)};
}

}  // namespace

void add_processes(std::vector<stop>& all) {
  all.push_back({.mechanism = "process, start and wait",
                 .primitive = strait::on_windows ? "CreateProcessW" : "vfork, exec",
                 .role = "end-at-once",
                 .here = start_and_wait,
                 .there = end_at_once});
  all.push_back({.mechanism = "process, feed and capture",
                 .primitive = strait::on_windows ? "standard handles" : "standard streams",
                 .role = "copy",
                 .here = feed_and_capture,
                 .there = copy_input_to_output});
  all.push_back({.mechanism = "process, ask to stop",
                 .primitive = strait::on_windows ? "named event, job" : "SIGTERM, process group",
                 .role = "leave-when-asked",
                 .here = ask_to_leave,
                 .there = leave_when_asked});
}

}  // namespace tour
