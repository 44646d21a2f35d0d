// SPDX-License-Identifier: MIT
// TCP between processes, of which one is killed, frozen or in no hurry.
#include <chrono>
#include <string>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/tcp.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/kinds.hpp"
#include "support/local.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/tcp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::tcp_stream;
using support::soon;
using support::why;

namespace {

// Listens, tells where, and answers each with what it said, one after the other.
const support::role echoes{"tcp.echoes", [](support::role_args /*args*/) -> int {
  support::tcp_server to{{.backlog = 4}};
  support::write_output(to.at.text() + "\n");
  for (std::vector<std::byte> some(4096);;) {
    auto stream = or_throw(to.listener.accept(3 * soon));
    while (const auto got = or_throw(stream.read(some, 3 * soon))) {
      or_throw(strait::write_all(stream, std::span{some}.first(got), 3 * soon));
    }
  }
}};

struct server {
  strait::child process;
  strait::endpoint at;

  server() {
    auto command = echoes.command();
    command.output = strait::redirect::pipe();
    process = support::start(command);
    std::string said;
    while (!said.contains('\n')) said += support::next_text(process.output, 1);
    at = or_throw(strait::endpoint::parse(said.substr(0, said.find_first_of("\r\n"))));
  }
};

}  // namespace

TEST_CASE("a process that is killed ends its TCP connections", "[tcp]") {
  server to;
  auto stream = or_throw(tcp_stream::connect(to.at, soon));
  REQUIRE(stream.write(as_bytes("echo"), soon) == 4);
  CHECK(support::next_text(stream, 4) == "echo");

  REQUIRE(to.process.kill());

  std::byte one{};
  const auto got = stream.read({&one, 1}, soon);
  CHECK((got == 0 || why(got) == condition::connection_reset));
  CHECK(support::eventually([&] { return !stream.write({&one, 1}, soon); }));
  CHECK(support::end_of(to.process) == support::killed_by_strait());
  CHECK(why(tcp_stream::connect(to.at, soon)) == condition::connection_refused);
}

TEST_CASE("a frozen process holds nobody of its TCP peers beyond a deadline", "[tcp]") {
  server to;
  auto stream = or_throw(tcp_stream::connect(to.at, soon, {.send_buffer = 32'768}));
  std::byte one{};

  support::suspend(to.process.id());
  CHECK(why(stream.read({&one, 1}, 50ms)) == condition::timed_out);
  const support::temp_directory directory;
  support::make_file(directory / u8"file", std::string(8'000'000, 'x'));
  const auto file = support::open_file(support::utf8(directory / u8"file"));
  CHECK(why(stream.send_file(file.get(), {}, 50ms)) == condition::timed_out);
  support::fill_up(stream);
  CHECK(why(stream.write({&one, 1}, 50ms)) == condition::timed_out);

  support::resume(to.process.id());
  REQUIRE(to.process.kill());
  CHECK(support::end_of(to.process) == support::killed_by_strait());
}
