// SPDX-License-Identifier: MIT
// Whole messages through connections of Unix domain sockets.
#include <strait/posix/unix_seqpacket.hpp>

#include <unistd.h>
#include <array>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/posix/abstract_name.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/posix/files.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/unix.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::posix::unix_seqpacket;
using strait::posix::unix_seqpacket_listener;
using support::soon;
using support::unix_place;
using support::why;

namespace {

// Whether this system has no such sockets; skips the test then.
bool lacks_seqpackets() {
  const unix_place here;
  const auto tried = unix_seqpacket_listener::create(here.path);
  if (tried) return false;
  REQUIRE(tried.error() == condition::not_supported);
  support::skip("this system has no Unix seqpackets");
  return true;
}

struct connection {
  unix_seqpacket client;
  unix_seqpacket server;
};

connection connect_to(unix_seqpacket_listener& listener, const strait::unix_address& at) {
  auto client = or_throw(unix_seqpacket::connect(at, soon));
  return {.client = std::move(client), .server = or_throw(listener.accept(soon))};
}

connection connected() {
  const unix_place here;
  auto listener = or_throw(unix_seqpacket_listener::create(here.path));
  return connect_to(listener, here.path);
}

// The next message; "(end)" at the end.
std::string next_of(unix_seqpacket& from, const strait::deadline& until = soon) {
  std::array<std::byte, 1000> into{};
  const auto size = or_throw(from.receive(into, until));
  return size ? std::string{strait::as_text(strait::const_bytes{into}.first(*size))} : "(end)";
}

}  // namespace

TEST_CASE("messages come whole through a Unix seqpacket, both ways", "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  auto [client, server] = connected();
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    or_throw(client.send(as_bytes("first"), until));
    or_throw(client.send(std::array{as_bytes("sec"), as_bytes("ond")}, until));
    or_throw(server.send(as_bytes("back"), until));
    CHECK(next_of(server, until) == "first");
    CHECK(next_of(server, until) == "second");
    CHECK(next_of(client, until) == "back");
  }
}

TEST_CASE("the end of a Unix seqpacket is no empty message", "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  for (const bool closes : {true, false}) {
    auto [client, server] = connected();
    const auto empty = client.send(as_bytes(""), soon);
    or_throw(client.send(as_bytes("x"), soon));
    if (empty) or_throw(client.send(as_bytes(""), soon));
    const auto ended = closes ? client.close() : client.finish();
    REQUIRE(ended);

    if (empty) CHECK(next_of(server).empty());
    CHECK(next_of(server) == "x");
    if (empty) CHECK(next_of(server).empty());
    CHECK(next_of(server) == "(end)");
    CHECK(next_of(server) == "(end)");
    if (!closes) {
      CHECK(why(client.send(as_bytes("more"), soon)) == condition::broken_pipe);
      or_throw(server.send(as_bytes("answer"), soon));
      CHECK(next_of(client) == "answer");
    }
  }
}

TEST_CASE("a message of a Unix seqpacket that does not fit is told with its true length",
          "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  auto [client, server] = connected();
  const std::string text(1500, 'x');
  for (const std::size_t room : {0U, 1U, 1499U}) {
    or_throw(client.send(as_bytes(text), soon));
    or_throw(client.send(as_bytes("next"), soon));
    std::vector<std::byte> into(room);
    const auto cut = why(server.receive(into, soon));
    CHECK(cut == condition::message_size);
    CHECK(cut.done == 1500);
    CHECK(strait::as_text(into) == text.substr(0, room));
    CHECK(next_of(server) == "next");
  }
  const std::vector<std::byte> far_too_long(50'000'000);
  CHECK(why(client.send(far_too_long, soon)) == condition::message_size);
  const std::vector<strait::const_bytes> many(17, as_bytes("x"));
  CHECK(why(client.send(many, soon)) == condition::argument_list_too_long);
}

TEST_CASE("Unix seqpackets give up at their deadline, and when stopped", "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  auto [client, server] = connected();
  std::array<std::byte, 8> into{};
  CHECK(why(server.receive(into, 20ms)) == condition::timed_out);
  std::stop_source stop;
  {
    const std::jthread stopper{[&stop] { stop.request_stop(); }};
    CHECK(why(server.receive(into, stop.get_token())) == condition::operation_canceled);
  }
  std::size_t sent = 0;
  while (client.send(as_bytes("one of many"), 20ms)) ++sent;
  CHECK(why(client.send(as_bytes("x"), 20ms)) == condition::timed_out);
  CHECK(why(strait::wait_any({client.writable()}, 0ms)) == condition::timed_out);
  const std::jthread sender{[&client] {
    or_throw(client.send(as_bytes("the last")));
    or_throw(client.close());
  }};
  for (std::size_t i = 0; i < sent; ++i) CHECK(next_of(server) == "one of many");
  CHECK(next_of(server) == "the last");
  CHECK(next_of(server) == "(end)");
}

TEST_CASE("a peer of a Unix seqpacket that closes is broken, without a signal",
          "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  auto [client, server] = connected();
  or_throw(client.send(as_bytes("for nobody"), soon));
  REQUIRE(server.close());
  CHECK(next_of(client) == "(end)");
  CHECK(why(client.send(as_bytes("x"), soon)) == condition::broken_pipe);
  CHECK(why(client.send(as_bytes("x"))) == condition::broken_pipe);
}

TEST_CASE("a path has one listener for Unix seqpackets", "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  const unix_place here;
  auto listener = or_throw(unix_seqpacket_listener::create(here.path, {.backlog = 3}));
  CHECK(support::permissions_of(here.path) == 0600U);
  CHECK(why(unix_seqpacket_listener::create(here.path)) == condition::address_in_use);
  CHECK(why(strait::unix_listener::create(here.path)) == condition::address_in_use);
  CHECK(why(listener.accept(10ms)) == condition::timed_out);
  auto [client, server] = connect_to(listener, here.path);
  CHECK(or_throw(client.peer()).id() == support::this_process());
  REQUIRE(listener.close());
  CHECK(here.files() == 0);
  const auto refused = why(unix_seqpacket::connect(here.path, soon));
  CHECK(refused == condition::no_such_file_or_directory);
  CHECK(refused.subject.text() == strait::subject_name{here.path}.text());
}

TEST_CASE("Unix seqpackets join the waits for anything", "[unix][seqpacket][wait]") {
  if (lacks_seqpackets()) return;
  const unix_place here;
  auto listener = or_throw(unix_seqpacket_listener::create(here.path));
  CHECK(why(strait::wait_any({listener.acceptable()}, 0ms)) == condition::timed_out);
  auto client = or_throw(unix_seqpacket::connect(here.path, soon));
  CHECK(strait::wait_any({listener.acceptable()}, soon) == 0);
  auto server = or_throw(listener.accept(soon));
  CHECK(why(strait::wait_any({server.readable()}, 10ms)) == condition::timed_out);
  CHECK(strait::wait_any({server.readable(), server.writable()}, soon) == 1);
  or_throw(client.send(as_bytes("x"), soon));
  CHECK(strait::wait_any({server.readable()}, soon) == 0);
  CHECK(next_of(server) == "x");
  REQUIRE(client.close());
  CHECK(strait::wait_any({server.readable()}, soon) == 0);
}

TEST_CASE("Unix seqpackets that are closed say so", "[unix][seqpacket]") {
  unix_seqpacket none;
  std::array<std::byte, 1> one{};
  CHECK_FALSE(none);
  CHECK(why(none.receive(one)) == condition::bad_file_descriptor);
  CHECK(why(none.receive(one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.send(one)) == condition::bad_file_descriptor);
  CHECK(why(none.finish()) == condition::bad_file_descriptor);
  CHECK(why(none.peer()) == condition::bad_file_descriptor);
  CHECK(none.close());
  unix_seqpacket_listener closed;
  CHECK_FALSE(closed);
  CHECK(why(closed.accept(0ms)) == condition::bad_file_descriptor);
  CHECK(closed.close());
}

TEST_CASE("Unix seqpackets are adopted, and nothing else is", "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  const unix_place here;
  auto listener = or_throw(unix_seqpacket_listener::create(here.path));
  auto listening = or_throw(unix_seqpacket_listener::adopt(listener.release()));
  auto [client, server] = connect_to(listening, here.path);
  auto again = or_throw(unix_seqpacket::adopt(client.release()));
  or_throw(again.send(as_bytes("still"), soon));
  CHECK(next_of(server) == "still");

  CHECK(why(strait::unix_stream::adopt(server.release())) == condition::invalid_argument);
  auto [stream, other] = support::unix_connected();
  CHECK(why(unix_seqpacket::adopt(stream.release())) == condition::invalid_argument);
  CHECK(why(unix_seqpacket::adopt(listening.release())) == condition::invalid_argument);
}

TEST_CASE("Unix seqpackets have abstract names where there are such", "[unix][seqpacket]") {
  if (lacks_seqpackets()) return;
  const auto name = strait::posix::abstract_name(support::unique_name());
  auto listener = unix_seqpacket_listener::create(name);
  if (!listener) return support::skip("this system has no abstract names");
  auto [client, server] = connect_to(*listener, name);
  or_throw(client.send(as_bytes("hello"), soon));
  CHECK(next_of(server) == "hello");
}
