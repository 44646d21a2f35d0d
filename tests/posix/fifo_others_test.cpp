// SPDX-License-Identifier: MIT
// Who else may use a FIFO: other users, and copies of a process made by fork.
#include <strait/fifo.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <utility>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "../../src/runtime_directory.hpp"
#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/posix/files.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::inherited;
using strait::or_throw;
using strait::scope;
using support::exit_code;
using support::soon;
using support::why;

namespace {

constexpr uid_t nobody = 65534;

// NAME: another user may not write to a FIFO that is not for him, nor take it over.
const support::role is_somebody_else{"fifo.is_somebody_else", [](support::role_args args) {
  if (::setgid(nobody) == -1 || ::setuid(nobody) == -1) return 1;
  const strait::name name{args[0], scope::machine};
  if (why(fifo_writer::open(name, 0ms)) != std::errc::permission_denied) return 2;
  const auto second = why(fifo_reader::create(name));
  return second == std::errc::permission_denied || second == std::errc::address_in_use ? 0 : 3;
}};

// NAME: another user has a FIFO for everyone, and says so.
const support::role offers{"fifo.offers", [](support::role_args args) {
  if (::setgid(nobody) == -1 || ::setuid(nobody) == -1) return 1;
  auto ready = or_throw(inherited<strait::pipe_writer>("ready"));
  auto reader = or_throw(
      fifo_reader::create({args[0], scope::machine}, {.who = strait::access::everyone}));
  or_throw(ready.write(as_bytes("!"), soon));
  return support::text_of(support::rest_of(reader)) == "trusted" ? 0 : 2;
}};

// NAME: has a reader, and a copy that lets go of it.
const support::role has_a_copy{"fifo.has_a_copy", [](support::role_args args) {
  auto reader = or_throw(fifo_reader::create(args[0]));
  const pid_t copy = ::fork();
  if (copy == 0) {
    reader = {};
    std::_Exit(0);
  }
  if (::waitpid(copy, nullptr, 0) != copy) return 1;
  auto writer = or_throw(fifo_writer::open(args[0], 0ms));
  or_throw(writer.write(as_bytes("x"), soon));
  std::byte one{};
  return reader.read({&one, 1}, soon) == 1 ? 0 : 2;
}};

// NAME: has a reader, and a copy that stays for as long as "stay" is open.
const support::role leaves_a_copy{"fifo.leaves_a_copy", [](support::role_args args) {
  auto reader = or_throw(fifo_reader::create(args[0]));
  auto ready = or_throw(inherited<strait::pipe_writer>("ready"));
  auto stay = or_throw(inherited<strait::pipe_reader>("stay"));
  if (::fork() == 0) {
    or_throw(ready.write(as_bytes("!"), soon));
    std::byte nothing{};
    static_cast<void>(stay.read({&nothing, 1}, soon));
    std::_Exit(0);
  }
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

void wait_for_word(strait::pipe_reader& from) {
  std::byte word{};
  or_throw(strait::read_exactly(from, {&word, 1}, soon));
}

}  // namespace

TEST_CASE("a FIFO that is not for others denies them", "[fifo][posix]") {
  if (::geteuid() != 0) return support::skip("only the administrator can become somebody else");
  const support::umask_for_a_while umask{GENERATE(0U, 077U)};
  const auto name = support::unique_name();
  const auto reader = or_throw(fifo_reader::create({name, scope::machine}));

  CHECK(support::outcome_of(is_somebody_else.command({name})) == exit_code(0));
}

TEST_CASE("somebody else's FIFO is written to only if that is wanted", "[fifo][posix]") {
  if (::geteuid() != 0) return support::skip("only the administrator can become somebody else");
  const support::umask_for_a_while umask{GENERATE(0U, 077U)};
  const strait::name name{support::unique_name(), scope::machine};
  or_throw(fifo_reader::create(name));  // the directory is there now, and everybody's
  auto ready = or_throw(strait::pipe::create());
  auto command = offers.command({name.text()});
  command.give.emplace_back("ready", std::move(ready.writer));
  auto child = support::start(command);
  wait_for_word(ready.reader);

  CHECK(why(fifo_writer::open(name, 0ms)) == std::errc::permission_denied);
  auto writer = or_throw(fifo_writer::open(name, 0ms, {.who = strait::access::everyone}));
  REQUIRE(writer.write(as_bytes("trusted"), soon) == 7);
  REQUIRE(writer.close());
  CHECK(support::end_of(child) == exit_code(0));
}

TEST_CASE("a writer that does not trust a FIFO is not seen by its reader", "[fifo][posix]") {
  if (::geteuid() != 0) return support::skip("only the administrator can give a file away");
  const strait::name name{support::unique_name()};
  auto reader = or_throw(fifo_reader::create(name));
  const auto path = or_throw(strait::detail::place_of(name, "fifo", strait::access::owner)).path;
  REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);

  CHECK(why(fifo_writer::open(name, 0ms)) == std::errc::permission_denied);
  std::byte one{};
  CHECK(why(reader.read({&one, 1}, 0ms)) == std::errc::timed_out);  // no end
}

TEST_CASE("a forked copy of a reader takes nothing away", "[fifo][posix]") {
  CHECK(support::outcome_of(has_a_copy.command({support::unique_name()})) == exit_code(0));
}

TEST_CASE("a forked copy of a dead reader is nobody to write to", "[fifo][posix]") {
  const auto name = support::unique_name();
  auto ready = or_throw(strait::pipe::create());
  auto stay = or_throw(strait::pipe::create());
  auto command = leaves_a_copy.command({name});
  command.give.emplace_back("ready", std::move(ready.writer));
  command.give.emplace_back("stay", std::move(stay.reader));
  auto child = support::start(command);
  wait_for_word(ready.reader);
  auto writer = or_throw(fifo_writer::open(name, soon));

  support::kill_hard(child.id());
  CHECK(support::end_of(child) == support::killed_hard());

  CHECK(why(writer.write(as_bytes("anyone?"), soon)) == std::errc::broken_pipe);
  CHECK(why(fifo_writer::open(name, 0ms)) == std::errc::timed_out);
  CHECK(fifo_reader::create(name));
}
