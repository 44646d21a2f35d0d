// SPDX-License-Identifier: MIT
#include "../src/liveness.hpp"

#include <array>
#include <span>
#include <string>
#include <utility>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::or_throw;
using strait::scope;
using strait::detail::is_alive;
using strait::detail::liveness_token;
using strait::detail::my_token;

namespace {

// Tells its token of the scope, and lives until its input ends.
const support::role lives{"liveness.lives", [](support::role_args args) {
  const auto where = args[0] == "user" ? scope::user : scope::machine;
  auto token_to = or_throw(strait::inherited<strait::pipe_writer>("token"));
  const std::array token{or_throw(my_token(where))};
  or_throw(write_all(token_to, std::as_bytes(std::span{token}), support::soon));
  static_cast<void>(support::read_input());
  return 0;
}};

struct living {
  strait::child process;
  liveness_token token = 0;
};

living start_one(const char* where) {
  auto [reader, writer] = or_throw(strait::pipe::create());
  auto command = lives.command({where});
  command.input = strait::redirect::pipe();
  command.give.emplace_back("token", std::move(writer));
  living made{.process = support::start(command)};
  std::array<liveness_token, 1> token{};
  or_throw(read_exactly(reader, std::as_writable_bytes(std::span{token}), support::soon));
  made.token = token[0];
  return made;
}

}  // namespace

TEST_CASE("this process lives, under one token for each scope", "[liveness]") {
  const auto token = or_throw(my_token(scope::user));

  CHECK(token != 0);
  CHECK(or_throw(my_token(scope::user)) == token);
  CHECK(or_throw(my_token(scope::machine)) != token);
  CHECK(or_throw(is_alive(token, scope::user)));
}

TEST_CASE("nobody has a token that nobody made", "[liveness]") {
  const auto token = or_throw(my_token(scope::user));

  CHECK_FALSE(or_throw(is_alive(token + 1, scope::user)));
  CHECK_FALSE(or_throw(is_alive(token, scope::machine)));
}

TEST_CASE("a process lives until it ends", "[liveness]") {
  for (const auto* const where : {"user", "machine"}) {
    auto other = start_one(where);
    const auto in = std::string{where} == "user" ? scope::user : scope::machine;
    CHECK(or_throw(is_alive(other.token, in)));

    REQUIRE(other.process.input.close());
    CHECK(support::end_of(other.process) == support::exit_code(0));
    CHECK_FALSE(or_throw(is_alive(other.token, in)));
  }
}

TEST_CASE("a process that is stopped lives, and a killed one does not", "[liveness]") {
  auto other = start_one("user");
  support::suspend(other.process.id());
  CHECK(or_throw(is_alive(other.token, scope::user)));

  support::kill_hard(other.process.id());
  // Not reaped yet: where there are zombies, it is one.
  CHECK(support::eventually([&] { return !or_throw(is_alive(other.token, scope::user)); }));
  CHECK(support::end_of(other.process) == support::killed_hard());
  CHECK_FALSE(or_throw(is_alive(other.token, scope::user)));
}
