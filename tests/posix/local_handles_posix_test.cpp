// SPDX-License-Identifier: MIT
// What only descriptors do on their way: those of Windows are in the peer's process already.
#include <strait/local_stream.hpp>

#include <array>
#include <utility>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using strait::or_throw;
using support::connected;
using support::soon;

TEST_CASE("handles that nobody receives are closed with the stream", "[local][posix]") {
  auto sent = or_throw(strait::pipe::create());
  {
    auto [client, server] = connected();
    REQUIRE(client.send_handles(std::array{sent.writer.native()}, soon));
    REQUIRE(sent.writer.close());
  }

  CHECK(support::rest_of(sent.reader).empty());
}
