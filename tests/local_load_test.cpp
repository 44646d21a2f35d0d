// SPDX-License-Identifier: MIT
// Local streams in large numbers.
#include <strait/local_stream.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::as_bytes;
using strait::local_listener;
using strait::local_stream;
using strait::or_throw;
using support::connect_to;
using support::soon;
using support::unique_name;

TEST_CASE("a thousand connections are open at once, and none takes another's bytes", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  constexpr std::size_t many = 1'000;
  if (!support::allow_handles((2 * many) + 100)) return support::skip("too many handles");
  std::vector<support::connection> all;
  all.reserve(many);

  while (all.size() < many) all.push_back(connect_to(listener, name));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto text = std::to_string(i);
    REQUIRE(strait::write_all(all[i].client, as_bytes(text), soon));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto text = std::to_string(i);
    if (support::next_text(all[i].server, text.size()) != text) FAIL("not the bytes of " << i);
  }

  CHECK(support::talk(all.front().client, all.front().server));
  CHECK(support::talk(all.back().client, all.back().server));
}

TEST_CASE("connections that come and go leave nothing behind", "[local]") {
  const auto name = unique_name();
  auto listener = or_throw(local_listener::create(name));
  static_cast<void>(connect_to(listener, name));
  const auto before = support::count_open_handles();

  for (std::size_t round = support::scaled(100'000, 500); round > 0; --round) {
    auto [client, server] = connect_to(listener, name);
    if (!client.write(as_bytes("x"), soon)) FAIL("not connected");
    if (support::next_text(server, 1) != "x") FAIL("not the same byte");
  }

  CHECK(support::eventually([&] { return support::count_open_handles() <= before; }));
}

TEST_CASE("listeners that come and go leave nothing behind", "[local]") {
  const auto name = unique_name();
  static_cast<void>(or_throw(local_listener::create(name)));
  const auto before = support::count_open_handles();

  for (std::size_t round = support::scaled(10'000, 100); round > 0; --round) {
    auto listener = or_throw(local_listener::create(name));
    static_cast<void>(connect_to(listener, name));
  }

  CHECK(support::eventually([&] { return support::count_open_handles() <= before; }));
}
