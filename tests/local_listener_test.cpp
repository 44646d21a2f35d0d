// SPDX-License-Identifier: MIT
// Local listeners: names, waiting to connect and to be accepted.
#include <strait/local_stream.hpp>

#include <chrono>
#include <utility>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using support::connect_to;
using support::soon;
using support::unique_name;
using support::why;

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
