// SPDX-License-Identifier: MIT
// Listeners at Unix domain sockets, on every system that has them.
#include <strait/unix_socket.hpp>

#include <chrono>
#include <string>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/unix.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::or_throw;
using strait::unix_listener;
using strait::unix_stream;
using support::connect_to;
using support::lacks_unix_sockets;
using support::soon;
using support::text_of;
using support::unix_place;
using support::why;

namespace {

// Listens until it is killed.
const support::role listens_on{"unix.listens_on", [](support::role_args args) {
  const auto listener = or_throw(unix_listener::create(args[0]));
  support::write_output("listens");
  support::close_output();
  static_cast<void>(support::read_input(1));
  support::kill_this_process();
  return 0;
}};

std::string said_by(strait::child& c) {
  return text_of(support::rest_of(c.output));
}

}  // namespace

TEST_CASE("a path that cannot be a socket's is refused, and never cut", "[unix]") {
  const auto refused_by_both = [](const strait::unix_address& at) {
    const auto refused = why(unix_listener::create(at));
    CHECK(why(unix_stream::connect(at, soon)) == refused.condition);
    return refused;
  };
  CHECK(refused_by_both("") == condition::invalid_argument);
  CHECK(refused_by_both(std::string{"a\0b", 3}) == condition::invalid_argument);
  const auto too_long = refused_by_both(std::string(108, 'x'));
  CHECK(too_long == condition::filename_too_long);
  CHECK(std::string{too_long.hint}.find("10") != std::string::npos);
  CHECK(too_long.subject.text().starts_with("xxx"));
}

TEST_CASE("nobody listens: the error says where", "[unix]") {
  if (lacks_unix_sockets()) return;
  const unix_place here;
  const auto refused = why(unix_stream::connect(here.path, soon));
  CHECK(refused == condition::no_such_file_or_directory);
  CHECK(refused.subject.text() == strait::subject_name{here.path}.text());
  CHECK(why(unix_listener::create(here.path + "/none/at.sock")) ==
        condition::no_such_file_or_directory);
}

TEST_CASE("a path has one listener, and is free when that has closed", "[unix]") {
  if (lacks_unix_sockets()) return;
  const unix_place here;
  auto first = or_throw(unix_listener::create(here.path));
  CHECK(here.files() == 2);  // the socket and its lock
  const auto refused = why(unix_listener::create(here.path));
  CHECK(refused == condition::address_in_use);
  CHECK(refused.subject.text() == strait::subject_name{here.path}.text());

  REQUIRE(first.close());
  CHECK(here.files() == 0);
  auto second = or_throw(unix_listener::create(here.path));
  auto [client, server] = connect_to(second, here.path);
  CHECK(support::talk(client, server));
}

TEST_CASE("what is no socket is not taken away for one", "[unix]") {
  if (lacks_unix_sockets()) return;
  const unix_place here;
  support::make_file(here.path, "precious");
  const auto refused = why(unix_listener::create(here.path));
  CHECK(refused == condition::file_exists);
  CHECK_FALSE(std::string{refused.hint}.empty());
  CHECK(support::content_of(here.path) == "precious");
  CHECK(here.files() == 1);
}

TEST_CASE("what a killed listener left behind is taken over", "[unix]") {
  if (lacks_unix_sockets()) return;
  const unix_place here;
  auto dying = support::start(support::with_pipes(listens_on.command({here.path})));
  REQUIRE(said_by(dying) == "listens");
  CHECK(why(unix_listener::create(here.path)) == condition::address_in_use);
  support::kill_hard(dying.id());
  CHECK(support::end_of(dying) == support::killed_hard());
  CHECK(here.files() == 2);
  CHECK(why(unix_stream::connect(here.path, soon)) == condition::connection_refused);

  auto listener = or_throw(unix_listener::create(here.path));
  auto [client, server] = connect_to(listener, here.path);
  CHECK(support::talk(client, server));
  REQUIRE(listener.close());
  CHECK(here.files() == 0);
}
