// SPDX-License-Identifier: MIT
// Whole messages through Unix domain sockets without connections.
#include <strait/posix/unix_datagram.hpp>

#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <strait/posix/abstract_name.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/posix/files.hpp"
#include "support/posix/sockets.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/unix.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::unix_address;
using strait::posix::unix_datagram;
using support::soon;
using support::unix_place;
using support::why;

namespace {

struct received {
  std::string text;
  unix_address from;
};

received next_of(unix_datagram& socket) {
  std::array<std::byte, 1000> into{};
  received got;
  const auto size = or_throw(socket.receive_from(into, got.from, soon));
  got.text = strait::as_text(strait::const_bytes{into}.first(size));
  return got;
}

// Sends until the receiver has no room; returns how many went.
std::size_t fill(unix_datagram& from, const unix_address& to) {
  std::size_t count = 0;
  for (;;) {
    const auto sent = from.send_to(to, as_bytes("one of many"), 20ms);
    if (!sent) {
      REQUIRE(sent.error() == condition::timed_out);
      return count;
    }
    ++count;
  }
}

const support::role receives_until_killed{"unix.datagram_killed", [](support::role_args args) {
  const auto socket = or_throw(unix_datagram::create(args[0]));
  support::write_output("is there");
  support::close_output();
  static_cast<void>(support::read_input(1));
  return 0;
}};

}  // namespace

TEST_CASE("Unix datagrams arrive whole, with their sender's address", "[unix][datagram]") {
  const unix_place one;
  const unix_place other;
  auto first = or_throw(unix_datagram::create(one.path));
  auto second = or_throw(unix_datagram::create(other.path));

  or_throw(first.send_to(other.path, as_bytes("question"), soon));
  or_throw(first.send_to(other.path, as_bytes("")));
  or_throw(first.send_to(other.path, as_bytes("third")));
  const auto question = next_of(second);
  CHECK(question.text == "question");
  CHECK(question.from == unix_address{one.path});
  CHECK(next_of(second).text.empty());
  or_throw(second.send_to(question.from, as_bytes("answer"), soon));
  CHECK(next_of(second).text == "third");

  CHECK(next_of(first).text == "answer");
}

TEST_CASE("who has no place can send Unix datagrams, and is nobody", "[unix][datagram]") {
  const unix_place here;
  auto at = or_throw(unix_datagram::create(here.path));
  auto nobody = or_throw(unix_datagram::create());
  or_throw(nobody.send_to(here.path, as_bytes("hello"), soon));
  const auto got = next_of(at);
  CHECK(got.text == "hello");
  CHECK(got.from.is_unnamed());
  CHECK(why(at.send_to(got.from, as_bytes("who?"), soon)) == condition::invalid_argument);
}

TEST_CASE("a Unix datagram that does not fit is told with its true length", "[unix][datagram]") {
  const unix_place here;
  auto at = or_throw(unix_datagram::create(here.path));
  auto from = or_throw(unix_datagram::create());
  const std::string text(1500, 'x');
  for (const std::size_t room : {0U, 1U, 1499U}) {
    or_throw(from.send_to(here.path, as_bytes(text), soon));
    or_throw(from.send_to(here.path, as_bytes("next"), soon));
    std::vector<std::byte> into(room);
    const auto cut = why(at.receive(into, soon));
    CHECK(cut == condition::message_size);
    CHECK(cut.done == 1500);
    CHECK(strait::as_text(into) == text.substr(0, room));
    CHECK(next_of(at).text == "next");
  }
  or_throw(from.send_to(here.path, as_bytes(text), soon));
  std::vector<std::byte> enough(1500);
  CHECK(or_throw(at.receive(enough)) == 1500);
}

TEST_CASE("a Unix datagram is gathered from pieces", "[unix][datagram]") {
  const unix_place here;
  auto at = or_throw(unix_datagram::create(here.path));
  auto from = or_throw(unix_datagram::create());
  const std::array pieces{as_bytes("head"), strait::const_bytes{}, as_bytes(" and body")};
  or_throw(from.send_to(here.path, pieces, soon));
  CHECK(next_of(at).text == "head and body");

  const std::vector<strait::const_bytes> many(17, as_bytes("x"));
  CHECK(why(from.send_to(here.path, many, soon)) == condition::argument_list_too_long);
  const std::vector<std::byte> far_too_long(50'000'000);
  CHECK(why(from.send_to(here.path, far_too_long, soon)) == condition::message_size);
}

TEST_CASE("receiving a Unix datagram ends at its deadline, and when stopped", "[unix][datagram]") {
  const unix_place here;
  auto at = or_throw(unix_datagram::create(here.path));
  std::array<std::byte, 8> into{};
  CHECK(why(at.receive(into, 20ms)) == condition::timed_out);
  std::stop_source stop;
  {
    const std::jthread stopper{[&stop] { stop.request_stop(); }};
    CHECK(why(at.receive(into, stop.get_token())) == condition::operation_canceled);
  }
  const auto refused = why(at.send_to(here.path, as_bytes("x"), stop.get_token()));
  CHECK(refused == condition::operation_canceled);
  CHECK(refused.subject.text() == strait::subject_name{here.path}.text());
}

TEST_CASE("a full receiver of Unix datagrams is waited for, and nothing is lost",
          "[unix][datagram]") {
  const unix_place here;
  auto at = or_throw(unix_datagram::create(here.path));
  auto from = or_throw(unix_datagram::create());
  for (const bool is_timed : {true, false}) {
    const auto count = fill(from, here.path);
    CHECK(count > 0);
    std::stop_source stop;
    {
      const std::jthread stopper{[&stop] { stop.request_stop(); }};
      CHECK(why(from.send_to(here.path, as_bytes("x"), stop.get_token())) ==
            condition::operation_canceled);
    }
    {
      const std::jthread sender{[&] {
        or_throw(from.send_to(here.path, as_bytes("the last"),
                              is_timed ? strait::deadline{soon} : strait::deadline{}));
      }};
      for (std::size_t i = 0; i < count; ++i) CHECK(next_of(at).text == "one of many");
      CHECK(next_of(at).text == "the last");
    }
    std::array<std::byte, 8> into{};
    CHECK(why(at.receive(into, 0ms)) == condition::timed_out);
  }
}

TEST_CASE("nobody receives: the error says where", "[unix][datagram]") {
  const unix_place here;
  auto from = or_throw(unix_datagram::create());
  const auto missing = why(from.send_to(here.path, as_bytes("x"), soon));
  CHECK(missing == condition::no_such_file_or_directory);
  CHECK(missing.subject.text() == strait::subject_name{here.path}.text());
  support::raw_listen(here.path);  // and its file stays behind
  CHECK(why(from.send_to(here.path, as_bytes("x"), soon)) == condition::connection_refused);
  CHECK(why(from.send_to("", as_bytes("x"), soon)) == condition::invalid_argument);
  CHECK(why(from.send_to(std::string(108, 'x'), as_bytes("x"), soon)) ==
        condition::filename_too_long);
}

TEST_CASE("a path has one receiver of Unix datagrams, until it closes or dies",
          "[unix][datagram]") {
  const unix_place here;
  auto first = or_throw(unix_datagram::create(here.path));
  CHECK(why(unix_datagram::create(here.path)) == condition::address_in_use);
  CHECK(here.files() == 2);
  REQUIRE(first.close());
  CHECK(here.files() == 0);

  auto dying = support::start(support::with_pipes(receives_until_killed.command({here.path})));
  CHECK(support::text_of(support::rest_of(dying.output)) == "is there");
  CHECK(why(unix_datagram::create(here.path)) == condition::address_in_use);
  support::kill_hard(dying.id());
  static_cast<void>(support::end_of(dying));
  auto second = or_throw(unix_datagram::create(here.path));
  or_throw(second.send_to(here.path, as_bytes("to itself"), soon));
  CHECK(next_of(second).text == "to itself");
}

TEST_CASE("a Unix datagram socket has the mode that its access says", "[unix][datagram]") {
  for (const unsigned mask : {0U, 022U, 077U, 0777U}) {
    for (const auto& [who, mode] : {std::pair{strait::access::owner, 0600U},
                                    {strait::access::group, 0660U},
                                    {strait::access::everyone, 0666U}}) {
      const unix_place here;
      const support::umask_for_a_while for_now{mask};
      const auto socket = or_throw(unix_datagram::create(here.path, {.who = who}));
      CHECK(support::permissions_of(here.path) == mode);
    }
  }
}

TEST_CASE("Unix datagrams join the waits for anything", "[unix][datagram][wait]") {
  const unix_place here;
  auto at = or_throw(unix_datagram::create(here.path));
  CHECK(why(strait::wait_any({at.readable()}, 10ms)) == condition::timed_out);
  or_throw(at.send_to(here.path, as_bytes(""), soon));
  CHECK(strait::wait_any({at.readable()}, soon) == 0);
  CHECK(strait::wait_any({at.readable()}, 0ms) == 0);
  CHECK(next_of(at).text.empty());
  CHECK(why(strait::wait_any({at.readable()}, 0ms)) == condition::timed_out);
}

TEST_CASE("Unix datagram sockets that are closed say so", "[unix][datagram]") {
  unix_datagram none;
  std::array<std::byte, 1> one{};
  CHECK_FALSE(none);
  CHECK(why(none.receive(one)) == condition::bad_file_descriptor);
  CHECK(why(none.receive(one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.send_to("/nowhere", one)) == condition::bad_file_descriptor);
  CHECK(none.close());
  CHECK(why(unix_datagram::adopt({})) == condition::bad_file_descriptor);
}

TEST_CASE("a Unix datagram socket is adopted, and nothing else is", "[unix][datagram]") {
  const unix_place here;
  auto at = or_throw(unix_datagram::create(here.path, {.receive_buffer = 100'000}));
  auto again = or_throw(unix_datagram::adopt(at.release()));
  CHECK_FALSE(at);
  or_throw(again.send_to(here.path, as_bytes("still"), soon));
  CHECK(next_of(again).text == "still");
  CHECK(why(unix_datagram::adopt(support::stale_handle())) == condition::bad_file_descriptor);
  auto listener = or_throw(strait::unix_listener::create(here.path + "2"));
  CHECK(why(unix_datagram::adopt(listener.release())) == condition::invalid_argument);
}

TEST_CASE("Unix datagrams go to abstract names where there are such", "[unix][datagram]") {
  const auto name = strait::posix::abstract_name(support::unique_name());
  auto made = unix_datagram::create(name);
  if (!made) {
    CHECK(made.error() == condition::not_supported);
    return support::skip("this system has no abstract names");
  }
  or_throw(made->send_to(name, as_bytes("to itself"), soon));
  const auto got = next_of(*made);
  CHECK(got.text == "to itself");
  CHECK(got.from == name);
}
