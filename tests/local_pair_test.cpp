// SPDX-License-Identifier: MIT
// Handles between a process and its child, to which one end of a pair was given.
#include <strait/local_stream.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using strait::as_bytes;
using strait::handle;
using strait::inherited;
using strait::local_stream;
using strait::or_throw;
using support::soon;

namespace {

// Says hello through the writers that come, and sends the reader of a pipe of its own.
const support::role trades{"local.trades", [](support::role_args) {
  auto talk = or_throw(inherited<local_stream>("talk"));
  std::array<handle, 64> arrived;
  const auto count = or_throw(talk.receive_handles(arrived, soon));
  for (std::size_t i = 0; i < count; ++i) {
    auto writer = or_throw(strait::pipe_writer::adopt(std::move(arrived[i])));
    or_throw(writer.write(as_bytes("hello"), soon));
  }
  auto own = or_throw(strait::pipe::create());
  or_throw(talk.send_handles(std::array{own.reader.native()}, soon));
  or_throw(own.reader.close());
  or_throw(own.writer.write(as_bytes("and back"), soon));
  return 0;
}};

}  // namespace

TEST_CASE("a child with one end of a pair gets handles through it, and sends some", "[local]") {
  for (const bool gives_first : {false, true}) {
    auto [one, other] = or_throw(local_stream::create_pair());
    auto ours = std::move(gives_first ? other : one);
    auto command = trades.command();
    command.give.emplace_back("talk", std::move(gives_first ? one : other));
    auto child = support::start(command);
    std::array<strait::pipe, 3> pipes;
    std::array<strait::native_handle, 3> sent{};
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      pipes[i] = or_throw(strait::pipe::create());
      sent[i] = pipes[i].writer.native();
    }

    REQUIRE(ours.send_handles(sent, soon));
    for (auto& p : pipes) {
      REQUIRE(p.writer.close());
      CHECK(support::text_of(support::rest_of(p.reader)) == "hello");
    }
    std::array<handle, 1> arrived;
    REQUIRE(ours.receive_handles(arrived, soon) == 1);
    auto reader = or_throw(strait::pipe_reader::adopt(std::move(arrived[0])));

    CHECK(support::text_of(support::rest_of(reader)) == "and back");
    CHECK(support::end_of(child) == support::exit_code(0));
  }
}
