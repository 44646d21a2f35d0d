// SPDX-License-Identifier: MIT
// TCP with programs that know nothing of strait.
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/tcp.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/tcp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using strait::tcp_stream;
using support::soon;

namespace {

using arguments = std::vector<std::string>;

bool is_installed(const std::string& program, const arguments& try_out) {
  const auto tried = strait::run({.program = program, .args = try_out}, {}, soon);
  if (tried && tried->status.success()) return true;
  support::skip(program + " is not installed");
  return false;
}

// The program connects, asks, and prints the answer: the question in capitals.
void serve_a_client(support::tcp_server& to, const std::string& program, const arguments& args) {
  strait::result<strait::captured> said;
  {
    const std::jthread asking{[&] {
      said = strait::run({.program = program, .args = args}, as_bytes("question"), soon);
    }};
    auto stream = or_throw(to.listener.accept(soon));
    CHECK(support::text_of(support::rest_of(stream)) == "question");
    REQUIRE(strait::write_all(stream, as_bytes("QUESTION"), soon));
  }
  REQUIRE(said);
  CHECK(said->output == "QUESTION");
}

// The program serves one at `at`.
void ask_a_server(const strait::endpoint& at, const std::string& program, const arguments& args) {
  auto server = support::start({.program = program, .args = args});
  strait::result<tcp_stream> stream;
  REQUIRE(support::eventually([&] {
    stream = tcp_stream::connect(at, soon);
    return stream.has_value();
  }));
  REQUIRE(strait::write_all(*stream, as_bytes("question"), soon));
  REQUIRE(stream->finish());
  CHECK(support::text_of(support::rest_of(*stream)) == "QUESTION");
  REQUIRE(stream->close());
  CHECK(support::end_of(server).success());
}

// A place where nobody listens now: the test's programs are the only ones that look for one.
strait::endpoint free_place() {
  const support::tcp_server once;
  return once.at;
}

// Reads the head of a request.
std::string head_of_request(tcp_stream& from) {
  std::string head;
  std::array<std::byte, 1024> some{};
  while (!head.contains("\r\n\r\n")) {
    const auto got = or_throw(from.read(some, soon));
    if (got == 0) break;
    head += strait::as_text(std::span{some}.first(got));
  }
  return head;
}

}  // namespace

TEST_CASE("socat connects to a TCP listener", "[tcp][posix]") {
  if (!is_installed("socat", {"-V"})) return;
  support::tcp_server to;
  serve_a_client(to, "socat", {"-", "TCP:" + to.at.text()});
}

TEST_CASE("a TCP stream connects to socat", "[tcp][posix]") {
  if (!is_installed("socat", {"-V"})) return;
  const auto at = free_place();
  ask_a_server(at, "socat",
               {"TCP-LISTEN:" + std::to_string(at.port) + ",reuseaddr", "SYSTEM:tr a-z A-Z"});
}

TEST_CASE("a program in another language connects to a TCP listener", "[tcp][posix]") {
  if (!is_installed("python3", {"-c", "import socket"})) return;
  support::tcp_server to;
  serve_a_client(to, "python3",
                 {"-c", "import socket; s = socket.create_connection(('127.0.0.1', " +
                            std::to_string(to.at.port) +
                            ")); s.sendall(b'question'); s.shutdown(1); "
                            "print(s.makefile().read(), end='')"});
}

TEST_CASE("a TCP stream connects to a program in another language", "[tcp][posix]") {
  if (!is_installed("python3", {"-c", "import socket"})) return;
  const auto at = free_place();
  ask_a_server(
      at, "python3",
      {"-c", "import socket; s = socket.create_server(('127.0.0.1', " + std::to_string(at.port) +
                 ")); c = s.accept()[0]; c.sendall(c.makefile('rb').read().upper())"});
}

TEST_CASE("curl gets a page and sends one", "[tcp][posix]") {
  if (!is_installed("curl", {"--version"})) return;
  support::tcp_server to;
  const std::string page(1'000'000, 'p');
  const auto serve = [&](const std::string& expected) {
    auto stream = or_throw(to.listener.accept(soon));
    CHECK(head_of_request(stream).starts_with(expected));
    const auto head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(page.size()) +
                      "\r\nConnection: close\r\n\r\n";
    const std::array pieces{as_bytes(head), as_bytes(page)};
    const auto first = or_throw(stream.write(pieces, soon));
    REQUIRE(first >= head.size());
    REQUIRE(strait::write_all(stream, as_bytes(page).subspan(first - head.size()), soon));
    REQUIRE(stream.finish());
    static_cast<void>(support::rest_of(stream));
  };
  for (const arguments& more : {arguments{}, arguments{"--data", "some=thing"}}) {
    arguments args{"--silent", "--show-error", "http://" + to.at.text() + "/page"};
    args.insert(args.end(), more.begin(), more.end());
    strait::result<strait::captured> said;
    {
      const std::jthread asking{
          [&] { said = strait::run({.program = "curl", .args = args}, {}, soon); }};
      serve(more.empty() ? "GET /page HTTP/1.1\r\n" : "POST /page HTTP/1.1\r\n");
    }
    REQUIRE(said);
    CHECK(said->status.success());
    CHECK((said->output == page));
  }
}
