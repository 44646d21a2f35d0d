// SPDX-License-Identifier: MIT
// A chat: one server, and a process for each participant. Everybody hears everybody.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;

namespace {

using line = std::vector<std::byte>;

/// Where all lines come together.
class room {
 public:
  /// Who comes late hears first what has been said.
  void enter(local_stream& participant) {
    const std::scoped_lock lock{guard_};
    for (const auto& said : lines_) static_cast<void>(send_frame(participant, said, 1s));
    participants_.push_back(&participant);
  }

  void leave(const local_stream& participant) {
    const std::scoped_lock lock{guard_};
    std::erase(participants_, &participant);
  }

  /// Who does not listen for a second misses it: nobody waits for one who sleeps.
  void say(const line& text) {
    const std::scoped_lock lock{guard_};
    lines_.push_back(text);
    for (auto* listening : participants_) static_cast<void>(send_frame(*listening, text, 1s));
  }

 private:
  std::mutex guard_;
  std::vector<line> lines_;
  std::vector<local_stream*> participants_;
};

/// One thread reads what a participant says, while others write to the same stream.
void attend(room& here, local_stream participant) {
  here.enter(participant);
  for (line text; receive_frame(participant, text, 1000).value_or(false);) here.say(text);
  here.leave(participant);
}

void serve(local_listener& listener, const std::stop_token& stop) {
  room here;
  std::vector<std::jthread> threads;
  while (auto participant = listener.accept(stop)) {
    threads.emplace_back(attend, std::ref(here), *std::move(participant));
  }
}

constexpr std::array names{"anna", "bruno", "carla"};

/// Says hello, and stays until all have said it.
void take_part(const std::string& server, const std::string& name) {
  auto chat = or_throw(local_stream::connect(server, 20s));
  or_throw(send_frame(chat, strait::as_bytes("hello from " + name), 1s));
  std::string heard;
  line text;
  for (std::size_t count = 0; count < names.size(); ++count) {
    if (!or_throw(receive_frame(chat, text, 1000, 20s))) throw std::runtime_error{"thrown out"};
    heard += fmt::format("{} heard: {}\n", name, strait::as_text(text));
  }
  fmt::print("{}", heard);
}

void chat() {
  // A real chat has a name that all know; this one is for this run of the example alone.
  const auto moment = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto server = fmt::format("example-{}", moment);
  auto listener = or_throw(local_listener::create(server));
  const std::jthread serving{[&](const std::stop_token& stop) { serve(listener, stop); }};

  std::vector<strait::child> participants;
  participants.reserve(std::size(names));
  for (const auto* name : names) {
    participants.push_back(or_throw(strait::spawn({.program = or_throw(strait::program_path()),
                                                   .args = {server, name},
                                                   .die_with_parent = true})));
  }
  std::size_t happy = 0;
  for (auto& participant : participants) {
    if (or_throw(participant.wait(20s)).success()) ++happy;
  }
  fmt::print("{} of {} heard everybody\n", happy, names.size());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 2) {
    take_part(argv[1], argv[2]);
  } else {
    chat();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
