// SPDX-License-Identifier: MIT
// Local streams and listeners that are released and adopted.
#include <strait/local_stream.hpp>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using support::connected;
using support::why;

TEST_CASE("both ends of a pair can be adopted", "[local]") {
  auto [one, other] = or_throw(local_stream::create_pair());

  auto here = or_throw(local_stream::adopt(one.release()));
  auto there = or_throw(local_stream::adopt(other.release()));

  CHECK(support::talk(here, there));
}

TEST_CASE("what is no stream cannot be adopted as one", "[local]") {
  const support::temp_directory directory;
  const auto file = directory / u8"file";
  support::make_file(file, "content");
  auto [reader, writer] = or_throw(strait::pipe::create());

  CHECK(why(local_stream::adopt(support::open_file(support::utf8(file)))) ==
        std::errc::invalid_argument);
  CHECK(why(local_stream::adopt(reader.release())) == std::errc::invalid_argument);
  CHECK(why(local_stream::adopt(writer.release())) == std::errc::invalid_argument);
}

TEST_CASE("what is not open cannot be adopted as a stream", "[local]") {
  CHECK(why(local_stream::adopt({})) == std::errc::bad_file_descriptor);
  CHECK(why(local_stream::adopt(support::stale_handle())) == std::errc::bad_file_descriptor);
}

TEST_CASE("what does not listen cannot be adopted as a listener", "[local]") {
  auto [client, server] = connected();
  const auto expected = strait::on_windows ? std::errc::not_supported : std::errc::invalid_argument;

  CHECK(why(local_listener::adopt(client.release())) == expected);
}
