// SPDX-License-Identifier: MIT
// A daemon at a Unix domain socket, and who asks it: any program that knows such sockets may do
// either. "ask_daemon serve PATH" answers until it is stopped, "ask_daemon PATH TEXT" asks; without
// arguments it does both, once.
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

/// One line from a peer, without its end.
std::string read_line(strait::unix_stream& from) {
  std::string line;
  std::byte next{};
  while (line.size() < 1000 && or_throw(from.read({&next, 1}, 5s)) == 1 && next != std::byte{'\n'})
    line += static_cast<char>(next);
  return line;
}

/// Answers everybody with what was asked, backwards.
void serve(strait::unix_listener listener, const std::stop_token& stop) {
  while (auto peer = listener.accept(stop)) {
    const auto question = read_line(*peer);
    const std::string answer{question.rbegin(), question.rend()};
    // Who does not stay for the answer is nobody's worry.
    static_cast<void>(strait::write_all(*peer, strait::as_bytes(answer + "\n"), 5s));
  }
}

void ask(const std::string& path, std::string_view question) {
  auto daemon = or_throw(strait::unix_stream::connect(path, 5s));
  or_throw(strait::write_all(daemon, strait::as_bytes(std::string{question} + "\n"), 5s));
  fmt::print("the daemon is process {}\n", or_throw(daemon.peer()).id());
  fmt::print("it says: {}\n", read_line(daemon));
}

void show_both() {
  const auto moment = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto file = fmt::format("ask-{}.sock", moment);
  const auto path = (std::filesystem::temp_directory_path() / file).string();
  auto listener = strait::unix_listener::create(path);
  if (!listener && listener.error() == strait::condition::address_family_not_supported) {
    fmt::print("{}\n", listener.error().message());
    return;
  }
  const std::jthread daemon{
      [&listener](const std::stop_token& stop) { serve(or_throw(std::move(listener)), stop); }};
  ask(path, "!draeh llew");
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() != 2) {
    show_both();
  } else if (args[0] == "serve") {
    serve(or_throw(strait::unix_listener::create(args[1])), {});
  } else {
    ask(args[0], args[1]);
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
