// SPDX-License-Identifier: MIT
// Handles that go through local streams.
#include <strait/local_stream.hpp>

#include <array>
#include <chrono>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/pipe.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/luggage.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::handle;
using strait::local_stream;
using strait::native_handle;
using strait::or_throw;
using support::connected;
using support::luggage;
using support::next_text;
using support::soon;
using support::why;

namespace {

// The end of a pipe to send, and the end that stays.
struct sample {
  strait::pipe pipe = or_throw(strait::pipe::create());

  [[nodiscard]] std::array<native_handle, 1> handles() const { return {pipe.writer.native()}; }

  // Whether what arrived is what was sent.
  [[nodiscard]] bool is(handle arrived) {
    auto writer = or_throw(strait::pipe_writer::adopt(std::move(arrived)));
    or_throw(writer.write(as_bytes("same"), soon));
    return next_text(pipe.reader, 4) == "same";
  }
};

}  // namespace

TEST_CASE("a handle that was received is a handle to the same thing", "[local]") {
  auto [client, server] = connected();
  sample one;
  std::array<handle, 4> arrived;

  REQUIRE(client.send_handles(one.handles(), soon));
  REQUIRE(server.receive_handles(arrived, soon) == 1);

  CHECK_FALSE(support::is_inheritable(arrived[0].get()));
  CHECK(one.is(std::move(arrived[0])));
  CHECK(one.pipe.writer);  // the sender still has it
  CHECK_FALSE(arrived[1]);
}

TEST_CASE("without a deadline handles go through, too, in both directions", "[local]") {
  auto [client, server] = or_throw(local_stream::create_pair());
  sample one;
  std::array<handle, 1> arrived;

  REQUIRE(server.send_handles(one.handles()));
  REQUIRE(client.receive_handles(arrived) == 1);

  CHECK(one.is(std::move(arrived[0])));
}

TEST_CASE("64 handles of all kinds go in one message, and the sender closes at once", "[local]") {
  const support::temp_directory directory;
  auto [client, server] = connected();
  std::array<handle, luggage::size> arrived;
  {
    const luggage packed{directory.path()};
    REQUIRE(client.send_handles(packed.handles(), soon));
  }
  REQUIRE(client.close());

  REQUIRE(server.receive_handles(arrived, soon) == luggage::size);

  CHECK(luggage::is_usable(arrived));
}

TEST_CASE("handles have their place in the stream", "[local]") {
  auto [client, server] = connected();
  sample first;
  sample second;
  std::array<handle, 1> arrived;
  REQUIRE(strait::write_all(client, as_bytes("before"), soon));
  REQUIRE(client.send_handles(first.handles(), soon));
  REQUIRE(strait::write_all(client, as_bytes("between"), soon));
  REQUIRE(client.send_handles(second.handles(), soon));
  REQUIRE(strait::write_all(client, as_bytes("after"), soon));
  REQUIRE(client.finish());

  CHECK(next_text(server, 6) == "before");
  REQUIRE(server.receive_handles(arrived, soon) == 1);
  CHECK(first.is(std::move(arrived[0])));
  CHECK(next_text(server, 7) == "between");
  REQUIRE(server.receive_handles(arrived, soon) == 1);
  CHECK(second.is(std::move(arrived[0])));
  CHECK(support::text_of(support::rest_of(server)) == "after");
}

TEST_CASE("who waits for handles gives up at the deadline, and gets them later", "[local]") {
  auto [client, server] = connected();
  sample one;
  std::array<handle, 1> arrived;
  std::stop_source source;
  source.request_stop();
  const auto begin = std::chrono::steady_clock::now();

  CHECK(why(server.receive_handles(arrived, 0ms)) == std::errc::timed_out);
  CHECK(why(server.receive_handles(arrived, 30ms)) == std::errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
  CHECK(why(server.receive_handles(arrived, source.get_token())) == std::errc::operation_canceled);
  {
    strait::result<std::size_t> got;
    {
      const std::jthread waiting{
          [&, &from = server] { got = from.receive_handles(arrived, soon); }};
      REQUIRE(client.send_handles(one.handles(), soon));
    }
    REQUIRE(got == 1);
  }
  CHECK(one.is(std::move(arrived[0])));
}

TEST_CASE("handles wait for room in a full stream, and are sent whole or not at all", "[local]") {
  auto [client, server] = connected();
  sample one;
  std::array<handle, 1> arrived;
  const auto full = support::fill(client);

  CHECK(why(client.send_handles(one.handles(), 0ms)) == std::errc::timed_out);
  CHECK(why(client.send_handles(one.handles(), 30ms)) == std::errc::timed_out);
  CHECK(next_text(server, full).size() == full);
  CHECK(why(server.receive_handles(arrived, 0ms)) == std::errc::timed_out);
  REQUIRE(client.send_handles(one.handles(), soon));
  REQUIRE(server.receive_handles(arrived, soon) == 1);

  CHECK(one.is(std::move(arrived[0])));
}

TEST_CASE("no handles and too many of them cannot be sent", "[local]") {
  auto [client, server] = connected();
  sample one;
  const std::vector<native_handle> many(65, one.handles()[0]);
  std::array<handle, 1> arrived;

  CHECK(why(client.send_handles({}, soon)) == std::errc::invalid_argument);
  CHECK(why(client.send_handles(many, soon)) == std::errc::invalid_argument);

  CHECK(why(server.receive_handles(arrived, 0ms)) == std::errc::timed_out);
}

TEST_CASE("what is not open cannot be sent, and disturbs nothing", "[local]") {
  auto [client, server] = connected();
  sample one;
  auto stale = support::stale_handle();
  const std::array wrong{one.handles()[0], stale.release()};
  std::array<handle, 2> arrived;

  CHECK(why(client.send_handles(wrong, soon)) == std::errc::bad_file_descriptor);
  CHECK(why(client.send_handles(std::array{strait::no_handle}, soon)) ==
        std::errc::bad_file_descriptor);
  REQUIRE(client.send_handles(one.handles(), soon));
  REQUIRE(server.receive_handles(arrived, soon) == 1);

  CHECK(one.is(std::move(arrived[0])));
}

TEST_CASE("more handles than fit are closed, and the stream goes on", "[local]") {
  auto [client, server] = connected();
  sample one;
  auto three = or_throw(strait::pipe::create());
  const std::vector<native_handle> many(3, three.writer.native());
  std::array<handle, 2> arrived;
  REQUIRE(client.send_handles(many, soon));
  REQUIRE(client.send_handles(one.handles(), soon));

  CHECK(why(server.receive_handles(arrived, soon)) == std::errc::message_size);
  REQUIRE(three.writer.close());
  CHECK(support::rest_of(three.reader).empty());  // no other writer is left

  REQUIRE(server.receive_handles(arrived, soon) == 1);
  CHECK(one.is(std::move(arrived[0])));
}

TEST_CASE("where other bytes are there are no handles", "[local]") {
  std::array<handle, 64> arrived;
  for (const std::size_t size : {1U, 3U, 8U, 12U, 64U, 5'000U}) {
    INFO(size << " bytes");
    auto [client, server] = connected();
    REQUIRE(strait::write_all(client, support::noise(size), soon));
    REQUIRE(client.close());

    CHECK(why(server.receive_handles(arrived, soon)) == strait::condition::corrupted);
  }
}

TEST_CASE("at the end of the stream there are no handles", "[local]") {
  auto [client, server] = connected();
  sample one;
  std::array<handle, 1> arrived;
  REQUIRE(client.finish());

  CHECK(why(server.receive_handles(arrived, soon)) == std::errc::broken_pipe);
  CHECK(why(client.send_handles(one.handles(), soon)) == std::errc::broken_pipe);
  REQUIRE(client.close());
  CHECK(why(server.receive_handles(arrived, soon)) == std::errc::broken_pipe);
  CHECK(why(server.send_handles(one.handles(), soon)) == std::errc::broken_pipe);
  CHECK(why(client.receive_handles(arrived, soon)) == std::errc::bad_file_descriptor);
  CHECK(why(client.send_handles(one.handles(), soon)) == std::errc::bad_file_descriptor);
}

TEST_CASE("handles that come and go leave nothing behind", "[local]") {
  const support::temp_directory directory;
  auto [client, server] = connected();
  const luggage packed{directory.path()};
  const auto before = support::count_open_handles();

  for (std::size_t round = support::scaled(2'000, 20); round > 0; --round) {
    std::array<handle, luggage::size> arrived;
    or_throw(client.send_handles(packed.handles(), soon));
    if (or_throw(server.receive_handles(arrived, soon)) != luggage::size) FAIL("some were lost");
  }

  CHECK(support::eventually([&] { return support::count_open_handles() <= before; }));
}
