// SPDX-License-Identifier: MIT
// Gets a page of the web by HTTP/1.1, without encryption: web_get example.org 80 /
// Without arguments it gets one from a little server of its own.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using strait::tcp_listener;
using strait::tcp_stream;

namespace {

/// All until the peer has finished.
std::string read_rest(tcp_stream& from, const strait::deadline& until) {
  std::string all;
  std::vector<std::byte> some(16'384);
  while (const auto got = or_throw(from.read(some, until))) {
    all += strait::as_text(std::span{some}.first(got));
  }
  return all;
}

/// The whole answer: its head and its body.
std::string get(const std::string& host, const std::string& port, const std::string& path) {
  const strait::deadline until{10s};  // for all of it
  auto server = or_throw(tcp_stream::connect(host, port, until));
  const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", path,
                                   host);
  or_throw(strait::write_all(server, as_bytes(request), until));
  return read_rest(server, until);
}

/// Serves one who asks, whatever the question.
void serve_once(tcp_listener& listener) {
  auto client = or_throw(listener.accept(10s));
  std::string request;
  std::vector<std::byte> some(16'384);
  while (!request.contains("\r\n\r\n")) {
    const auto got = or_throw(client.read(some, 10s));
    if (got == 0) return;
    request += strait::as_text(std::span{some}.first(got));
  }
  const std::string_view body = "hello from strait\n";
  const auto answer = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      body.size(), body);
  or_throw(strait::write_all(client, as_bytes(answer), 10s));
  or_throw(client.finish());
}

void get_own_page() {
  auto listener = or_throw(tcp_listener::create({.address = strait::ip_address::loopback_v4()}));
  const auto where = or_throw(listener.local());
  const std::jthread serving{[&listener] { serve_once(listener); }};
  fmt::print("{}", get(where.address.text(), std::to_string(where.port), "/"));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 3) {
    fmt::print("{}", get(argv[1], argv[2], argv[3]));
  } else {
    get_own_page();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
