// SPDX-License-Identifier: MIT
// Local streams with programs that know nothing of strait, and sockets that others have opened.
#include <strait/local_stream.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/posix/socket_activation.hpp>
#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/posix/sockets.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::local_listener;
using strait::local_stream;
using strait::native_name;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

struct place {
  support::temp_directory directory;
  std::string path = support::utf8(directory / u8"program.sock");
  native_name name{path};
};

// A program with a client and a server for Unix domain sockets: the answer is the question in
// capitals.
struct program {
  std::string name;
  std::vector<std::string> try_out;
  std::vector<std::string> client;  ///< Sends "question" and prints what comes back.
  std::vector<std::string> server;  ///< Serves one.
};

program socat(const std::string& path) {
  return {.name = "socat",
          .try_out = {"-V"},
          .client = {"-", "UNIX-CONNECT:" + path},
          .server = {"UNIX-LISTEN:" + path, "SYSTEM:tr a-z A-Z"}};
}

program python(const std::string& path) {
  const std::string open = "import socket; s = socket.socket(socket.AF_UNIX); p = '" + path + "'; ";
  return {.name = "python3",
          .try_out = {"-c", "import socket"},
          .client = {"-c", open + "s.connect(p); s.sendall(b'question'); s.shutdown(1); "
                                  "print(s.makefile().read(), end='')"},
          .server = {"-c", open + "s.bind(p); s.listen(); c = s.accept()[0]; "
                                  "c.sendall(c.makefile('rb').read().upper())"}};
}

bool is_installed(const program& p) {
  const auto tried = strait::run({.program = p.name, .args = p.try_out}, {}, soon);
  if (tried && tried->status.success()) return true;
  support::skip(p.name + " is not installed");
  return false;
}

void serve_a_client(const program& p, const native_name& name) {
  if (!is_installed(p)) return;
  auto listener = or_throw(local_listener::create(name));
  strait::result<strait::captured> said;
  {
    const std::jthread asking{[&] {
      said = strait::run({.program = p.name, .args = p.client}, as_bytes("question"), soon);
    }};
    auto stream = or_throw(listener.accept(soon));
    CHECK(support::text_of(support::rest_of(stream)) == "question");
    REQUIRE(strait::write_all(stream, as_bytes("QUESTION"), soon));
  }
  REQUIRE(said);
  CHECK(said->output == "QUESTION");
}

void ask_a_server(const program& p, const native_name& name) {
  if (!is_installed(p)) return;
  auto server = support::start({.program = p.name, .args = p.server});
  strait::result<local_stream> stream;
  REQUIRE(support::eventually([&] {
    stream = local_stream::connect(name, soon);
    return stream.has_value();
  }));
  REQUIRE(stream->write(as_bytes("question"), soon) == 8);
  REQUIRE(stream->finish());
  CHECK(support::text_of(support::rest_of(*stream)) == "QUESTION");
  CHECK(support::end_of(server).success());
}

int flags_of(int fd) {
  return ::fcntl(fd, F_GETFL);
}

// Serves one on the socket that it was started with.
const support::role is_activated{"local.is_activated", [](support::role_args /*args*/) {
  auto found = or_throw(strait::posix::take_activated_sockets());
  if (found.size() != 2) return 1;
  if (found[0].name != "first" || found[1].name != "unknown") return 2;
  if (support::is_inheritable(found[0].socket.get())) return 3;
  if (!or_throw(strait::posix::take_activated_sockets()).empty()) return 4;
  auto listener = or_throw(local_listener::adopt(std::move(found[0].socket)));
  auto stream = or_throw(listener.accept(soon));
  or_throw(stream.write(as_bytes("activated"), soon));
  return 0;
}};

const support::role is_not_activated{"local.is_not_activated", [](support::role_args /*args*/) {
  return or_throw(strait::posix::take_activated_sockets()).empty() ? 0 : 1;
}};

const support::role is_badly_activated{"local.is_badly_activated", [](support::role_args args) {
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", args[0].c_str(), 1);
  const auto code = why(strait::posix::take_activated_sockets()).condition;
  if (code == strait::condition::bad_file_descriptor) return 1;
  return code == strait::condition::invalid_argument ? 2 : 0;
}};

// As systemd does: with the process's own number in LISTEN_PID.
strait::command activated(strait::command c) {
  constexpr auto script = "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=first exec \"$0\" \"$@\"";
  c.args.insert(c.args.begin(), {"-c", script, c.program});
  c.program = "/bin/sh";
  return c;
}

}  // namespace

TEST_CASE("socat connects to a listener", "[local][posix]") {
  const place here;
  serve_a_client(socat(here.path), here.name);
}

TEST_CASE("a stream connects to socat", "[local][posix]") {
  const place here;
  ask_a_server(socat(here.path), here.name);
}

TEST_CASE("a program in another language connects to a listener", "[local][posix]") {
  const place here;
  serve_a_client(python(here.path), here.name);
}

TEST_CASE("a stream connects to a program in another language", "[local][posix]") {
  const place here;
  ask_a_server(python(here.path), here.name);
}

TEST_CASE("a socket that listens already is adopted", "[local][posix]") {
  const place here;
  auto raw = support::raw_listen(here.path);
  const int fd = raw.get();
  const int before = flags_of(fd);
  auto listener = or_throw(local_listener::adopt(std::move(raw)));
  CHECK(listener.native() == fd);

  CHECK(why(listener.accept(0ms)) == std::errc::timed_out);
  CHECK(why(listener.accept(20ms)) == std::errc::timed_out);
  auto [client, server] = support::connect_to(listener, here.name);
  CHECK(support::talk(client, server));
  CHECK(flags_of(fd) == before);  // others may share it

  REQUIRE(listener.close());
  CHECK(std::filesystem::exists(here.path));  // its name is another's affair
}

TEST_CASE("threads that share an adopted listener each get who is theirs", "[local][posix]") {
  const place here;
  auto listener = or_throw(local_listener::adopt(support::raw_listen(here.path)));
  const auto visitors = support::scaled(4'000, 100);
  std::atomic<std::size_t> served = 0;

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&](const std::stop_token& stop) {
        while (auto stream = listener.accept({soon, stop})) {
          if (stream->write(as_bytes("x"), soon)) ++served;
        }
      });
    }
    for (std::size_t i = 0; i < visitors; ++i) {
      auto client = or_throw(local_stream::connect(here.name, soon));
      if (support::next_text(client, 1) != "x") FAIL("not served");
    }
  }

  CHECK(served == visitors);
}

TEST_CASE("what does not listen, or is no local socket, is not adopted", "[local][posix]") {
  const place here;
  auto listener = support::raw_listen(here.path);
  auto connected = support::raw_connect(here.path);
  const int lone = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const int datagram = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  const int internet = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto duplicate = [](int fd) { return strait::handle::adopt(::dup(fd)); };

  for (const int fd : {connected.get(), lone, datagram, internet}) {
    CHECK(why(local_listener::adopt(duplicate(fd))) == std::errc::invalid_argument);
  }
  for (const int fd : {listener.get(), lone, datagram, internet}) {
    CHECK(why(local_stream::adopt(duplicate(fd))) == std::errc::invalid_argument);
  }
  CHECK(why(local_listener::adopt({})) == std::errc::bad_file_descriptor);
  for (const int fd : {lone, datagram, internet}) ::close(fd);
}

TEST_CASE("a service takes the sockets that it was started with", "[local][posix]") {
  const place here;
  auto listener = support::raw_listen(here.path);
  auto other = support::raw_listen(here.path + "2");
  auto command = is_activated.command();
  command.give.emplace_back("socket", std::move(listener));  // the first given are 3 and 4
  command.give.emplace_back("other", std::move(other));

  auto service = support::start(activated(command));
  auto client = or_throw(local_stream::connect(here.name, soon));

  CHECK(support::next_text(client, 9) == "activated");
  CHECK(support::end_of(service) == exit_code(0));
}

TEST_CASE("a process that was started in another way has no such sockets", "[local][posix]") {
  CHECK(support::outcome_of(is_not_activated.command()) == exit_code(0));
  auto meant_for_another = is_not_activated.command();
  meant_for_another.environment = {{"LISTEN_PID", "1"}, {"LISTEN_FDS", "1"}};
  CHECK(support::outcome_of(meant_for_another) == exit_code(0));
}

TEST_CASE("an environment that promises too much is refused", "[local][posix]") {
  CHECK(support::outcome_of(is_badly_activated.command({"1000000"})) == exit_code(1));
  CHECK(support::outcome_of(is_badly_activated.command({"many"})) == exit_code(2));
  CHECK(support::outcome_of(is_badly_activated.command({"-1"})) == exit_code(2));
}
