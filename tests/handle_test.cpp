// SPDX-License-Identifier: MIT
#include <strait/handle.hpp>

#include <type_traits>
#include <utility>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::handle;
using strait::or_throw;

namespace {

handle some_handle() {
  return or_throw(strait::pipe::create()).reader.release();
}

}  // namespace

TEST_CASE("a handle that owns nothing is false and closes as nothing", "[handle]") {
  handle nothing;

  CHECK_FALSE(nothing);
  CHECK(nothing.get() == strait::no_handle);
  CHECK(nothing.close());
}

TEST_CASE("a handle closes what it owns when it goes", "[handle]") {
  auto pipe = or_throw(strait::pipe::create());
  {
    const auto gone = pipe.writer.release();
  }

  std::byte one{};
  CHECK(pipe.reader.read({&one, 1}, support::soon) == 0);
}

TEST_CASE("closing takes the handle away and works once", "[handle]") {
  auto h = some_handle();

  CHECK(h.close());
  CHECK_FALSE(h);
  CHECK(h.close());
}

TEST_CASE("closing tells that the system knew no such handle", "[handle]") {
  auto stale = support::stale_handle();

  CHECK(support::why(stale.close()) == std::errc::bad_file_descriptor);
  CHECK_FALSE(stale);
}

TEST_CASE("a handle is moved and never copied", "[handle]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<handle>);
  auto from = some_handle();
  const auto raw = from.get();

  const handle to{std::move(from)};

  CHECK(to.get() == raw);
  CHECK_FALSE(from);  // NOLINT(bugprone-use-after-move): moved-from means closed
}

TEST_CASE("a handle that is assigned to closes what it had", "[handle]") {
  auto pipe = or_throw(strait::pipe::create());
  auto h = pipe.writer.release();

  h = some_handle();

  std::byte one{};
  CHECK(pipe.reader.read({&one, 1}, support::soon) == 0);
  CHECK(h);
}

TEST_CASE("a handle may be moved into itself", "[handle]") {
  auto h = some_handle();
  const auto raw = h.get();

  auto& same = h;
  h = std::move(same);

  CHECK(h.get() == raw);
  CHECK(h.close());
}

TEST_CASE("a released handle is adopted again", "[handle]") {
  auto first = some_handle();
  const auto raw = first.release();

  CHECK_FALSE(first);
  auto second = handle::adopt(raw);
  CHECK(second.get() == raw);
  CHECK(second.close());
}

TEST_CASE("a duplicate lives on by itself", "[handle]") {
  auto pipe = or_throw(strait::pipe::create());
  auto original = pipe.writer.release();
  auto duplicate = or_throw(original.duplicate());

  CHECK(duplicate.get() != original.get());
  REQUIRE(original.close());
  auto writer = or_throw(strait::pipe_writer::adopt(std::move(duplicate)));
  CHECK(writer.write(strait::as_bytes("x"), support::soon) == 1);
}

TEST_CASE("of nothing there is no duplicate", "[handle]") {
  CHECK(support::why(handle{}.duplicate()) == std::errc::bad_file_descriptor);
  auto stale = support::stale_handle();
  CHECK(support::why(stale.duplicate()) == std::errc::bad_file_descriptor);
  static_cast<void>(stale.release());
}

TEST_CASE("no handle is inherited unless it is given", "[handle]") {
  auto pipe = or_throw(strait::pipe::create());
  const auto plain = or_throw(strait::plain_pipe::create());

  CHECK_FALSE(support::is_inheritable(pipe.reader.native()));
  CHECK_FALSE(support::is_inheritable(pipe.writer.native()));
  CHECK_FALSE(support::is_inheritable(plain.reader.get()));
  CHECK_FALSE(support::is_inheritable(plain.writer.get()));
  CHECK_FALSE(support::is_inheritable(or_throw(plain.reader.duplicate()).get()));
  support::make_inheritable(plain.reader.get());
  CHECK(support::is_inheritable(plain.reader.get()));
  CHECK_FALSE(support::is_inheritable(or_throw(plain.reader.duplicate()).get()));
}
