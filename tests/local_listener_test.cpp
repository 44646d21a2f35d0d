// SPDX-License-Identifier: MIT
// Local listeners: names, waiting to connect and to be accepted.
#include <strait/local_stream.hpp>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using support::connect_to;
using support::soon;
using support::unique_name;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

// What no one has the name of.
bool nobody_listens(const strait::error& why) {
  return why == std::errc::no_such_file_or_directory || why == std::errc::connection_refused;
}

}  // namespace

TEST_CASE("who knows the name is connected", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  CHECK(listener);

  auto [client, server] = connect_to(listener, name);

  CHECK(support::talk(client, server));
}

TEST_CASE("without a deadline one connects and accepts, too", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));

  auto client = or_throw(local_stream::connect(name));
  auto server = or_throw(listener.accept());

  CHECK(support::talk(client, server));
}

TEST_CASE("a name of every user's is a name, too", "[local]") {
  const strait::name name{unique_name(), strait::scope::machine};
  auto listener = or_throw(local_listener::create(name, {.who = strait::access::everyone}));

  auto [client, server] = connect_to(listener, name);
  auto trusting = or_throw(local_stream::connect(name, soon, {.who = strait::access::everyone}));

  CHECK(support::talk(client, server));
  CHECK(nobody_listens(why(local_stream::connect(name.text(), soon))));  // another scope
}

TEST_CASE("where nobody listens nobody connects", "[local]") {
  const auto name = unique_name();

  CHECK(nobody_listens(why(local_stream::connect(name))));
  CHECK(nobody_listens(why(local_stream::connect(name, 0ms))));
  CHECK(nobody_listens(why(local_stream::connect(name, soon))));
}

TEST_CASE("what is no name is refused", "[local]") {
  for (const auto* text : {"", "Upper", "a/b", ".hidden", "with space"}) {
    INFO(text);
    CHECK(why(local_listener::create(text)) == std::errc::invalid_argument);
    CHECK(why(local_stream::connect(text, soon)) == std::errc::invalid_argument);
  }
}

TEST_CASE("others get no access to what they cannot find", "[local]") {
  for (const auto who : {strait::access::group, strait::access::everyone}) {
    CHECK(why(local_listener::create(unique_name(), {.who = who})) == std::errc::invalid_argument);
  }
}

TEST_CASE("the longest names are told apart", "[local]") {
  auto text = unique_name();
  text.resize(strait::name::max_size, 'x');
  const strait::name one{text};
  text.back() = 'y';
  const strait::name other{text};
  auto first = or_throw(local_listener::create(one));
  auto second = or_throw(local_listener::create(other));

  auto [client, server] = connect_to(first, one);

  CHECK(support::talk(client, server));
  CHECK(why(second.accept(0ms)) == std::errc::timed_out);
}

TEST_CASE("a name that is taken is in use", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));

  const auto refused = why(local_listener::create(name));
  CHECK(refused == std::errc::address_in_use);
  CHECK(refused.subject.text() == name);

  auto [client, server] = connect_to(listener, name);  // and nobody disturbed it
  CHECK(support::talk(client, server));
}

TEST_CASE("closing a listener gives its name back", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  REQUIRE(listener.close());
  CHECK_FALSE(listener);
  CHECK(nobody_listens(why(local_stream::connect(name, soon))));

  auto successor = or_throw(local_listener::create(name));
  CHECK(listener.close());  // once more changes nothing
  listener = {};
  auto [client, server] = connect_to(successor, name);

  CHECK(support::talk(client, server));
}

TEST_CASE("connections outlive their listener", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto [client, server] = connect_to(listener, name);

  REQUIRE(listener.close());

  CHECK(support::talk(client, server));
}

TEST_CASE("who waits to be accepted sees the end when the listener closes", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto client = or_throw(local_stream::connect(name, soon));

  REQUIRE(listener.close());

  CHECK(support::rest_of(client).empty());
  CHECK(why(client.write(as_bytes("hello?"), soon)) == std::errc::broken_pipe);
}

TEST_CASE("what was said before being accepted is heard", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto client = or_throw(local_stream::connect(name, soon));
  REQUIRE(client.write(as_bytes("early"), soon) == 5);

  auto server = or_throw(listener.accept(soon));

  CHECK(support::next_text(server, 5) == "early");
}

TEST_CASE("who left before being accepted disturbs nobody", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  for (int visits = 0; visits < 3; ++visits) {
    static_cast<void>(or_throw(local_stream::connect(name, soon)));
  }
  auto client = or_throw(local_stream::connect(name, soon));
  REQUIRE(client.write(as_bytes("me"), soon) == 2);
  REQUIRE(client.finish());

  // Whether those who left are accepted or passed over is left to the system.
  std::string heard;
  while (heard.empty()) {
    auto server = or_throw(listener.accept(soon));
    heard = support::text_of(support::rest_of(server));
  }

  CHECK(heard == "me");
}

TEST_CASE("accept gives up at its deadline and not before", "[local]") {
  auto listener = or_throw(local_listener::create(unique_name()));
  const auto begin = steady::now();

  CHECK(why(listener.accept(0ms)) == std::errc::timed_out);
  CHECK(why(listener.accept(50ms)) == std::errc::timed_out);

  CHECK(steady::now() - begin >= 50ms);
}

TEST_CASE("accept waits for who comes later", "[local]") {
  for (const bool is_timed : {false, true}) {
    const auto name = unique_name();
    auto listener = or_throw(local_listener::create(name));
    strait::result<local_stream> server;
    local_stream client;
    {
      const std::jthread waiting{
          [&] { server = is_timed ? listener.accept(soon) : listener.accept(); }};
      client = or_throw(local_stream::connect(name, soon));
    }
    REQUIRE(server);
    CHECK(support::talk(client, *server));
  }
}

TEST_CASE("a stop ends an accept that waits, and one that would not have to", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  strait::result<local_stream> server;
  std::stop_source source;

  {
    const std::jthread waiting{[&] { server = listener.accept({soon, source.get_token()}); }};
    source.request_stop();
  }
  CHECK(why(server) == std::errc::operation_canceled);
  auto client = or_throw(local_stream::connect(name, soon));
  CHECK(why(listener.accept(source.get_token())) == std::errc::operation_canceled);
  CHECK(why(local_stream::connect(name, source.get_token())) == std::errc::operation_canceled);

  auto accepted = or_throw(listener.accept(soon));  // nobody was lost
  CHECK(support::talk(client, accepted));
}

TEST_CASE("a listener that is closed or moved from says so", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto moved = std::move(listener);

  CHECK_FALSE(listener);  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK(why(listener.accept(soon)) == std::errc::bad_file_descriptor);  // NOLINT
  CHECK(why(local_listener{}.accept()) == std::errc::bad_file_descriptor);
  CHECK(local_listener{}.close());
  CHECK(local_listener{}.native() == strait::no_handle);

  auto [client, server] = connect_to(moved, name);
  CHECK(support::talk(client, server));
  moved = or_throw(local_listener::create(unique_name()));  // and the old name is free
  CHECK(local_listener::create(name));
}
