// SPDX-License-Identifier: MIT
// Local streams between users, and processes whose number is used again.
#include <strait/local_stream.hpp>

#include <unistd.h>
#include <fstream>
#include <string>
#include <utility>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/posix/files.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::local_listener;
using strait::local_stream;
using strait::name;
using strait::or_throw;
using strait::scope;
using support::exit_code;
using support::soon;
using support::why;

namespace {

constexpr uid_t somebody_else = 65534;

void become_somebody_else() {
  if (::setgid(somebody_else) != 0 || ::setuid(somebody_else) != 0) throw std::runtime_error{"uid"};
}

const support::role connects_as_other{"local.connects_as_other", [](support::role_args args) {
  become_somebody_else();
  const auto where = args[1] == "machine" ? scope::machine : scope::user;
  const auto who = args[2] == "everyone" ? strait::access::everyone : strait::access::owner;
  const auto stream = local_stream::connect({args[0], where}, soon, {.who = who});
  if (stream) return 0;
  return stream.error() == std::errc::permission_denied ? 1 : 2;
}};

// Listens under the name, until somebody says something.
const support::role serves_as_other{"local.serves_as_other", [](support::role_args args) {
  become_somebody_else();
  auto ready = or_throw(strait::inherited<strait::pipe_writer>("ready"));
  auto listener = or_throw(
      local_listener::create({args[0], scope::machine}, {.who = strait::access::everyone}));
  or_throw(ready.write(strait::as_bytes("!"), soon));
  while (auto stream = listener.accept(soon)) {
    if (!support::rest_of(*stream).empty()) return 0;
  }
  return 1;
}};

const support::role creates_as_other{"local.creates_as_other", [](support::role_args args) {
  become_somebody_else();
  const auto listener = local_listener::create({args[0], scope::machine},
                                               {.who = strait::access::everyone});
  if (listener) return 0;
  return listener.error() == std::errc::address_in_use ? 1 : 2;
}};

const support::role waits{"local.waits_to_be_told", [](support::role_args args) {
  auto stream = or_throw(local_stream::connect(args[0], soon));
  return support::rest_of(stream).empty() ? 0 : 1;
}};

}  // namespace

TEST_CASE("another user gets in where everyone may, and nowhere else", "[local][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become somebody else");
  const support::umask_for_a_while umask{GENERATE(0U, 077U)};
  const auto text = support::unique_name();
  const auto mine = or_throw(local_listener::create(text));
  const name shared{text, scope::machine};
  CHECK(support::outcome_of(connects_as_other.command({text, "user", "owner"})) == exit_code(1));
  {
    const auto private_one = or_throw(local_listener::create(shared));
    CHECK(support::outcome_of(connects_as_other.command({text, "machine", "everyone"})) ==
          exit_code(1));
  }
  auto listener = or_throw(local_listener::create(shared, {.who = strait::access::everyone}));
  CHECK(support::outcome_of(connects_as_other.command({text, "machine", "everyone"})) ==
        exit_code(0));
  const auto stream = or_throw(listener.accept(soon));
  CHECK(or_throw(stream.peer()).user() == std::to_string(somebody_else));
  CHECK(or_throw(stream.peer()).group() == std::to_string(somebody_else));
  // The administrator's listener is trusted by all.
  CHECK(support::outcome_of(connects_as_other.command({text, "machine", "owner"})) == exit_code(0));
}

TEST_CASE("another user's listener is trusted only by those who say so", "[local][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become somebody else");
  const support::umask_for_a_while umask{GENERATE(0U, 077U)};
  const name shared{support::unique_name(), scope::machine};
  // So that the directory is there, and root's.
  REQUIRE(or_throw(local_listener::create(shared)).close());
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = serves_as_other.command({shared.text()});
  command.give.emplace_back("ready", std::move(writer));
  auto server = support::start(command);
  REQUIRE(support::next_text(reader, 1) == "!");

  const auto refused = why(local_stream::connect(shared, soon));
  CHECK(refused == std::errc::permission_denied);
  CHECK_FALSE(std::string{refused.hint}.empty());
  auto stream = or_throw(local_stream::connect(shared, soon, {.who = strait::access::everyone}));
  CHECK(or_throw(stream.peer()).user() == std::to_string(somebody_else));
  CHECK(or_throw(stream.peer()).id() == server.id());
  or_throw(stream.write(strait::as_bytes("enough"), soon));
  or_throw(stream.finish());

  CHECK(support::end_of(server) == exit_code(0));
}

TEST_CASE("another user cannot take a name that is in use", "[local][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become somebody else");
  const name shared{support::unique_name(), scope::machine};
  auto listener = or_throw(local_listener::create(shared, {.who = strait::access::everyone}));

  CHECK(support::outcome_of(creates_as_other.command({shared.text()})) == exit_code(1));

  auto [client, server] = support::connect_to(listener, shared);
  CHECK(support::talk(client, server));
}

TEST_CASE("a process that has the number of a dead peer is not mistaken for it", "[local][posix]") {
  constexpr auto last_number = "/proc/sys/kernel/ns_last_pid";
  if (!std::ofstream{last_number}) return support::skip("nobody can choose numbers here");
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto child = support::start(waits.command({name}));
  auto stream = or_throw(listener.accept(soon));
  const auto peer = or_throw(stream.peer());
  REQUIRE(peer.id() == child.id());
  CHECK(peer.alive());
  REQUIRE(stream.finish());
  CHECK(support::end_of(child) == exit_code(0));

  // Others start processes, too, so the number may have gone to one of them.
  for (int tries = 0; tries < 100; ++tries) {
    std::ofstream{last_number} << peer.id() - 1;
    auto next = support::start(waits.command({name}));
    auto visitor = or_throw(listener.accept(soon));
    const bool is_same_number = next.id() == peer.id();
    if (is_same_number) {
      CHECK(or_throw(visitor.peer()).alive());
      CHECK_FALSE(peer.alive());
      CHECK_FALSE(or_throw(stream.peer()).alive());
    }
    REQUIRE(visitor.finish());
    CHECK(support::end_of(next) == exit_code(0));
    if (is_same_number) return;
  }
  support::skip("the number did not come again");
}
