// SPDX-License-Identifier: MIT
// Local streams between two processes: who the other is, and what if it is frozen.
#include <strait/local_stream.hpp>

#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/luggage.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::inherited;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::unique_name;
using support::why;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

// Connects to who is called so, and holds on.
const support::role visits{"local.visits", [](support::role_args args) {
  auto stream = or_throw(local_stream::connect(args[0], soon));
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

// Listens under the name, says so, accepts one, and holds on.
const support::role serves{"local.serves", [](support::role_args args) {
  auto ready = or_throw(inherited<strait::pipe_writer>("ready"));
  auto listener = or_throw(local_listener::create(args[0], {.backlog = 2}));
  or_throw(ready.write(as_bytes("!"), soon));
  auto stream = or_throw(listener.accept(soon));
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

// Sends back what comes, until nothing comes any more.
int echo(local_stream& stream) {
  std::array<std::byte, 1000> some{};
  while (const auto got = or_throw(stream.read(some, soon))) {
    or_throw(strait::write_all(stream, strait::const_bytes{some}.first(got), soon));
  }
  return 0;
}

const support::role echoes{"local.echoes", [](support::role_args args) {
  auto stream = args.empty() ? or_throw(inherited<local_stream>("talk"))
                             : or_throw(local_stream::connect(args[0], soon));
  return echo(stream);
}};

const support::role writes_and_leaves{"local.writes_and_leaves", [](support::role_args args) {
  auto stream = or_throw(local_stream::connect(args[0], soon));
  or_throw(strait::write_all(stream, support::noise(mebibyte), soon));
  return 0;
}};

const support::role sends_and_dies{"local.sends_and_dies", [](support::role_args args) -> int {
  const support::luggage packed{args[1]};
  auto stream = or_throw(local_stream::connect(args[0], soon));
  or_throw(stream.send_handles(packed.handles(), soon));
  support::kill_this_process();
}};

struct visitor {
  strait::child child;
  local_stream stream;
};

visitor receive_visitor(const support::role& role, const std::string& argument = {}) {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  visitor v{.child = support::start(role.command({name, argument})), .stream = {}};
  v.stream = or_throw(listener.accept(soon));
  return v;
}

strait::child start_server(const std::string& name) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = serves.command({name});
  command.give.emplace_back("ready", std::move(writer));
  auto server = support::start(command);
  if (support::next_text(reader, 1) != "!") throw std::runtime_error{"no server"};
  return server;
}

strait::peer_process myself() {
  const auto [one, other] = or_throw(local_stream::create_pair());
  return or_throw(one.peer());
}

}  // namespace

TEST_CASE("two processes talk through a stream", "[local]") {
  auto v = receive_visitor(echoes);
  const auto sent = support::noise(mebibyte);
  std::vector<std::byte> got(sent.size());
  strait::result<> written;

  {
    const std::jthread writing{[&] { written = strait::write_all(v.stream, sent, soon); }};
    REQUIRE(strait::read_exactly(v.stream, got, soon));
  }
  REQUIRE(v.stream.finish());

  CHECK(written);
  CHECK(support::same(got, sent));
  CHECK(support::rest_of(v.stream).empty());
  CHECK(support::end_of(v.child) == exit_code(0));
}

TEST_CASE("a stream is given to a child", "[local]") {
  auto [ours, theirs] = or_throw(local_stream::create_pair());
  auto command = echoes.command();
  command.give.emplace_back("talk", std::move(theirs));
  auto child = support::start(command);

  REQUIRE(ours.write(as_bytes("hello"), soon) == 5);
  CHECK(support::next_text(ours, 5) == "hello");
  REQUIRE(ours.finish());

  CHECK(support::end_of(child) == exit_code(0));
}

TEST_CASE("an accepted stream is given to a child", "[local]") {
  auto [client, server] = support::connected();
  auto command = echoes.command();
  command.give.emplace_back("talk", std::move(server));
  auto child = support::start(command);

  REQUIRE(client.write(as_bytes("hello"), soon) == 5);
  CHECK(support::next_text(client, 5) == "hello");
  REQUIRE(client.finish());

  CHECK(support::end_of(child) == exit_code(0));
}

TEST_CASE("what a process wrote to a stream is read after its end", "[local]") {
  auto v = receive_visitor(writes_and_leaves);

  CHECK(support::same(support::rest_of(v.stream), support::noise(mebibyte)));
  CHECK(support::end_of(v.child) == exit_code(0));
}

TEST_CASE("handles arrive although their sender was killed", "[local]") {
  const support::temp_directory directory;
  auto v = receive_visitor(sends_and_dies, support::utf8(directory.path()));
  CHECK(support::end_of(v.child) == support::killed_hard());
  std::array<strait::handle, support::luggage::size> arrived;

  REQUIRE(v.stream.receive_handles(arrived, soon) == support::luggage::size);

  CHECK(support::luggage::is_usable(arrived));
}

TEST_CASE("the peer is known on both sides", "[local]") {
  const auto me = myself();
  CHECK(me.id() == support::this_process());
  CHECK_FALSE(me.user().empty());
  CHECK(me.alive());

  auto v = receive_visitor(visits);
  const auto client = or_throw(v.stream.peer());
  CHECK(client.id() == v.child.id());
  CHECK(client.user() == me.user());
  CHECK(client.group() == me.group());
  CHECK(client.alive());

  const auto name = unique_name();
  auto server = start_server(name);
  auto stream = or_throw(local_stream::connect(name, soon));
  const auto listener = or_throw(stream.peer());
  CHECK(listener.id() == server.id());
  CHECK(listener.user() == me.user());
  CHECK(listener.group() == me.group());
  CHECK(listener.alive());

  CHECK(v.child.kill());
  CHECK(server.kill());
  CHECK(support::end_of(v.child) == support::killed_by_strait());
  CHECK(support::end_of(server) == support::killed_by_strait());
}

TEST_CASE("a peer that was killed is alive no more, not even as a zombie", "[local]") {
  auto v = receive_visitor(visits);
  const auto peer = or_throw(v.stream.peer());
  std::byte one{};
  REQUIRE(peer.alive());

  support::kill_hard(v.child.id());

  CHECK(v.stream.read({&one, 1}, soon) == 0);
  CHECK(support::eventually([&] { return !peer.alive(); }));
  const auto zombie = or_throw(v.stream.peer());  // asked only now
  CHECK(zombie.id() == v.child.id());
  CHECK_FALSE(zombie.alive());
  CHECK(support::end_of(v.child) == support::killed_hard());
  CHECK_FALSE(peer.alive());
}

TEST_CASE("a peer can be asked for when it is gone altogether", "[local]") {
  auto v = receive_visitor(visits);
  const auto before = or_throw(v.stream.peer());
  CHECK(v.child.kill());
  CHECK(support::end_of(v.child) == support::killed_by_strait());

  const auto peer = or_throw(v.stream.peer());

  CHECK(peer.user() == before.user());
  CHECK_FALSE(peer.alive());
}

TEST_CASE("the peer is who connected, also when another has its stream", "[local]") {
  auto [client, server] = support::connected();
  auto command = echoes.command();
  command.give.emplace_back("talk", std::move(client));
  auto child = support::start(command);

  const auto peer = or_throw(server.peer());
  CHECK(peer.id() == support::this_process());
  CHECK(peer.alive());

  REQUIRE(server.finish());
  CHECK(support::end_of(child) == exit_code(0));
}

TEST_CASE("a frozen peer holds nobody beyond a deadline, whatever is tried", "[local]") {
  const auto name = unique_name();
  auto server = start_server(name);
  auto stream = or_throw(local_stream::connect(name, soon));
  auto sample = or_throw(strait::pipe::create());
  const std::array handles{sample.reader.native()};
  std::byte one{};

  support::suspend(server.id());
  CHECK(why(stream.read({&one, 1}, 50ms)) == std::errc::timed_out);
  support::fill(stream);
  CHECK(why(stream.write({&one, 1}, 50ms)) == std::errc::timed_out);
  CHECK(why(stream.send_handles(handles, 50ms)) == std::errc::timed_out);
  CHECK(or_throw(stream.peer()).alive());
  CHECK(why(local_listener::create(name)) == std::errc::address_in_use);
  std::vector<local_stream> waiting;  // more than the backlog takes
  strait::result<local_stream> next;
  while ((next = local_stream::connect(name, 50ms))) waiting.push_back(*std::move(next));
  CHECK(why(next) == std::errc::timed_out);
  CHECK(waiting.size() < 20);

  support::resume(server.id());
  CHECK(server.kill());
  CHECK(support::end_of(server) == support::killed_by_strait());
}
