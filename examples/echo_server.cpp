// SPDX-License-Identifier: MIT
// A server for many clients in one thread: it waits for all of them at once.
// echo_server 7777 serves until it is ended; without a port it serves a few clients of its own.
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;
using strait::tcp_listener;
using strait::tcp_stream;

namespace {

class server {
 public:
  explicit server(tcp_listener listener) : listener_{std::move(listener)} {}

  void run(const std::stop_token& stop) {
    while (wait(stop)) {
      // Backwards, so that who has left can be taken out on the way.
      for (auto i = clients_.size(); i-- > 0;) {
        if (things_[i].is_ready() && !answer(clients_[i])) {
          clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
        }
      }
      if (!things_.back().is_ready()) continue;
      // Who came may have left again: no time to wait for the next.
      if (auto client = listener_.accept(0ms)) clients_.push_back(*std::move(client));
    }
  }

 private:
  /// Until a client has said something, or a new one comes; false when it is time to end.
  bool wait(const std::stop_token& stop) {
    things_.clear();
    for (const auto& client : clients_) things_.push_back(client.readable());
    things_.push_back(listener_.acceptable());
    return strait::wait_any(things_, stop).has_value();
  }

  /// False if the client has left, or does not take its answer: nobody waits for one who sleeps.
  bool answer(tcp_stream& client) {
    const auto got = client.read(room_, 0ms);
    if (!got) return got.error() == strait::condition::timed_out;
    return *got > 0 && strait::write_all(client, std::span{room_}.first(*got), 1s).has_value();
  }

  tcp_listener listener_;
  std::vector<tcp_stream> clients_;
  std::vector<strait::readiness> things_;  // the clients, and then the listener
  std::array<std::byte, 65'536> room_;
};

void serve(std::string_view port) {
  const auto here = or_throw(strait::endpoint::parse(fmt::format("0.0.0.0:{}", port)));
  server{or_throw(tcp_listener::create(here))}.run({});
}

void serve_own_clients() {
  auto listener = or_throw(tcp_listener::create({.address = strait::ip_address::loopback_v4()}));
  const auto where = or_throw(listener.local());
  const std::jthread serving{
      [all = server{std::move(listener)}](const std::stop_token& stop) mutable { all.run(stop); }};
  std::vector<tcp_stream> clients(100);
  for (auto& client : clients) client = or_throw(tcp_stream::connect(where, 5s));
  std::size_t right = 0;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const auto said = fmt::format("I am client {}", i);
    or_throw(strait::write_all(clients[i], strait::as_bytes(said), 5s));
    std::vector<std::byte> heard(said.size());
    or_throw(strait::read_exactly(clients[i], heard, 5s));
    if (strait::as_text(heard) == said) ++right;
  }
  fmt::print("{} of {} clients of {} heard their own words\n", right, clients.size(), where.text());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 1) {
    serve(argv[1]);
  } else {
    serve_own_clients();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
