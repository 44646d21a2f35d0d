// SPDX-License-Identifier: MIT
// Unix domain sockets by path, on every system that has them.
#include <strait/unix_socket.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <strait/frame.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/unix.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::unix_listener;
using strait::unix_stream;
using support::connect_to;
using support::lacks_unix_sockets;
using support::soon;
using support::text_of;
using support::unix_connected;
using support::unix_place;
using support::why;

namespace {

// Serves one: the answer is the question, and its own number.
const support::role serves_one{"unix.serves_one", [](support::role_args args) {
  auto listener = or_throw(unix_listener::create(args[0]));
  support::write_output("listens");
  support::close_output();
  auto stream = or_throw(listener.accept(soon));
  or_throw(strait::write_all(stream, support::rest_of(stream), soon));
  or_throw(strait::write_all(stream, as_bytes(std::to_string(support::this_process())), soon));
  return 0;
}};

std::string said_by(strait::child& c) {
  return text_of(support::rest_of(c.output));
}

}  // namespace

TEST_CASE("a Windows without Unix domain sockets says so", "[unix]") {
  if (!support::under_wine()) return support::skip("there are Unix domain sockets here");
  const unix_place here;
  for (const auto& refused :
       {why(unix_listener::create(here.path)), why(unix_stream::connect(here.path, soon))}) {
    CHECK(refused == condition::address_family_not_supported);
    CHECK(std::string{refused.hint}.find("1803") != std::string::npos);
    CHECK(refused.subject.text().ends_with("program.sock"));
  }
  CHECK(here.files() == 0);
}

TEST_CASE("two programs talk through a Unix stream", "[unix]") {
  if (lacks_unix_sockets()) return;
  const unix_place here;
  auto server = support::start(support::with_pipes(serves_one.command({here.path})));
  REQUIRE(said_by(server) == "listens");
  auto stream = or_throw(unix_stream::connect(here.path, soon));
  const auto who = or_throw(stream.peer());
  CHECK(who.id() == server.id());
  CHECK(who.alive());
  CHECK_FALSE(who.user().empty());

  or_throw(strait::write_all(stream, as_bytes("question "), soon));
  REQUIRE(stream.finish());

  CHECK(text_of(support::rest_of(stream)) == "question " + std::to_string(server.id()));
  CHECK(support::end_of(server).success());
  CHECK(here.files() == 0);
}

TEST_CASE("frames go through Unix streams", "[unix]") {
  if (lacks_unix_sockets()) return;
  auto [client, server] = unix_connected();
  or_throw(strait::send_frame(client, as_bytes("one"), soon));
  or_throw(strait::send_frame(client, as_bytes(""), soon));
  REQUIRE(client.finish());
  std::vector<std::byte> frame;
  CHECK(or_throw(strait::receive_frame(server, frame, 100, soon)));
  CHECK(text_of(frame) == "one");
  CHECK(or_throw(strait::receive_frame(server, frame, 100, soon)));
  CHECK_FALSE(or_throw(strait::receive_frame(server, frame, 100, soon)));
}

TEST_CASE("Unix streams and listeners that are closed say so", "[unix]") {
  unix_stream none;
  std::array<std::byte, 1> one{};
  CHECK_FALSE(none);
  CHECK(why(none.read(one)) == condition::bad_file_descriptor);
  CHECK(why(none.read(one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.write(one)) == condition::bad_file_descriptor);
  CHECK(why(none.write(one, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(none.finish()) == condition::bad_file_descriptor);
  CHECK(why(none.peer()) == condition::bad_file_descriptor);
  const std::array handles{strait::no_handle};
  CHECK(why(none.send_handles(handles, 0ms)) == condition::bad_file_descriptor);
  std::array<strait::handle, 1> arrived;
  CHECK(why(none.receive_handles(arrived, 0ms)) == condition::bad_file_descriptor);
  CHECK(none.close());
  unix_listener closed;
  CHECK_FALSE(closed);
  CHECK(why(closed.accept(0ms)) == condition::bad_file_descriptor);
  CHECK(closed.close());
  CHECK(why(strait::wait_any({none.readable()}, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(strait::wait_any({closed.acceptable()}, 0ms)) == condition::bad_file_descriptor);
  CHECK(why(unix_stream::adopt({})) == condition::bad_file_descriptor);
  CHECK(why(unix_listener::adopt({})) == condition::bad_file_descriptor);
}

TEST_CASE("a program that is frozen lets a Unix stream wait no longer than it wants", "[unix]") {
  if (lacks_unix_sockets()) return;
  const unix_place here;
  auto frozen = support::start(support::with_pipes(serves_one.command({here.path})));
  REQUIRE(said_by(frozen) == "listens");
  support::suspend(frozen.id());
  auto stream = or_throw(unix_stream::connect(here.path, soon));
  std::array<std::byte, 100> into{};
  CHECK(why(stream.read(into, 20ms)) == condition::timed_out);
  support::fill(stream);
  CHECK(why(stream.write(into, 20ms)) == condition::timed_out);
  CHECK(or_throw(stream.peer()).alive());
  support::resume(frozen.id());
  REQUIRE(stream.finish());
  CHECK(text_of(support::rest_of(stream)).ends_with(std::to_string(frozen.id())));
  CHECK(support::end_of(frozen).success());
}

TEST_CASE("released Unix sockets are adopted again, and nothing else is", "[unix]") {
  if (lacks_unix_sockets()) return;
  const unix_place here;
  auto listener = or_throw(unix_listener::create(here.path));
  auto [client, server] = connect_to(listener, here.path);
  auto again = or_throw(unix_stream::adopt(client.release()));
  CHECK_FALSE(client);
  CHECK(support::talk(again, server));
  auto listening = or_throw(unix_listener::adopt(listener.release()));
  CHECK_FALSE(listener);
  auto next = connect_to(listening, here.path);
  CHECK(support::talk(next.client, next.server));

  CHECK(why(unix_listener::create(here.path)) == condition::address_in_use);
  CHECK(why(unix_listener::adopt(server.release())) == condition::invalid_argument);
  CHECK(why(unix_stream::adopt(listening.release())) == condition::invalid_argument);
  CHECK(here.files() == 1);  // a path that was released stays
}
