// SPDX-License-Identifier: MIT
#include <strait/local_stream.hpp>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::or_throw;
using support::connected;
using support::soon;
using support::text_of;
using support::why;

static_assert(strait::readable_stream<strait::local_stream>);
static_assert(strait::writable_stream<strait::local_stream>);

TEST_CASE("the two ends of a pair are connected", "[local]") {
  auto [one, other] = or_throw(strait::local_stream::create_pair());

  CHECK(support::talk(one, other));
  REQUIRE(one.close());
  CHECK(support::rest_of(other).empty());
}

TEST_CASE("what was written is read although its writer has left much unread", "[local]") {
  auto [client, server] = connected();
  support::fill(client);
  REQUIRE(server.write(as_bytes("no interest"), soon) == 11);
  REQUIRE(server.close());

  CHECK(text_of(support::rest_of(client)) == "no interest");
  CHECK(support::rest_of(client).empty());
}

TEST_CASE("writing to a stream fails with broken_pipe when the peer has closed", "[local]") {
  auto [client, server] = connected();
  REQUIRE(server.close());

  CHECK(why(client.write(as_bytes("anyone?"))) == std::errc::broken_pipe);
  CHECK(why(client.write(as_bytes("anyone?"), 0ms)) == std::errc::broken_pipe);
  CHECK(why(client.write(as_bytes("anyone?"), soon)) == std::errc::broken_pipe);
  CHECK(why(client.finish()) == std::errc::broken_pipe);
}

TEST_CASE("a peer that closed with much unread is a broken pipe, too", "[local]") {
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    for (const bool finishes : {false, true}) {
      auto [client, server] = connected();
      REQUIRE(client.write(as_bytes("not read"), soon) == 8);
      REQUIRE(server.close());

      const auto refused = finishes ? why(client.finish())
                                    : why(client.write(as_bytes("x"), until));
      CHECK(refused == std::errc::broken_pipe);
    }
  }
}
