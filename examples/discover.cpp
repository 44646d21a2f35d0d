// SPDX-License-Identifier: MIT
// Who is on this network? Run `discover serve NAME` on some hosts, and `discover` on any: it prints
// who answers, itself among them.
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::multicast_socket;
using strait::or_throw;

namespace {

constexpr strait::endpoint everybody{.address = strait::ip_address::v4({239, 255, 71, 17}),
                                     .port = 47117};
constexpr std::string_view question = "who is there?";
constexpr std::string_view answer = "here is ";

multicast_socket join() {
  auto socket = or_throw(multicast_socket::create(everybody.port));
  or_throw(socket.join(everybody.address));
  return socket;
}

/// Answers questions until it is stopped. The answer goes to everybody, too.
void serve(multicast_socket socket, const std::string& name, const std::stop_token& stop) {
  std::array<std::byte, 512> into{};
  while (const auto got = socket.receive_from(into, stop)) {
    const auto text = strait::as_text(strait::const_bytes{into}.first(got->size));
    if (text != question) continue;
    const auto sent = socket.send_to(everybody, strait::as_bytes(std::string{answer} + name));
    if (!sent) fmt::print(stderr, "{}\n", sent.error().message());
  }
}

/// Asks once, and prints who answers within a second.
void look(multicast_socket socket) {
  or_throw(socket.send_to(everybody, strait::as_bytes(question)));
  std::array<std::byte, 512> into{};
  std::set<std::string> seen;
  const strait::deadline until{1s};
  while (const auto got = socket.receive_from(into, until)) {
    const auto text = strait::as_text(strait::const_bytes{into}.first(got->size));
    if (!text.starts_with(answer)) continue;
    const auto line = fmt::format("{} at {}", text.substr(answer.size()), got->from.address.text());
    if (seen.insert(line).second) fmt::print("{}\n", line);
  }
  fmt::print("{} in all\n", seen.size());
}

}  // namespace

int main(int argc, char** argv) try {
  // Joined before the question is asked, so that nobody misses it.
  auto server = join();
  if (argc > 1 && std::string_view{argv[1]} == "serve") {
    serve(std::move(server), argc > 2 ? argv[2] : "somebody", {});
    return 0;
  }
  const std::jthread answering{
      [&server](const std::stop_token& stop) { serve(std::move(server), "this host", stop); }};
  look(join());
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
