// SPDX-License-Identifier: MIT
#include <strait/resolve.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::endpoint;
using strait::or_throw;
using strait::resolve;
using support::soon;
using support::why;

namespace {

std::vector<std::string> texts(const std::vector<endpoint>& all) {
  std::vector<std::string> found;
  for (const auto& one : all) found.push_back(one.text());
  return found;
}

using words = std::vector<std::string>;

}  // namespace

TEST_CASE("numbers are not asked about: no time at all is enough", "[resolve]") {
  CHECK(texts(or_throw(resolve("192.0.2.1", "80", 0ms))) == words{"192.0.2.1:80"});
  CHECK(texts(or_throw(resolve("2001:DB8::1", "0", 0ms))) == words{"[2001:db8::1]:0"});
  CHECK(texts(or_throw(resolve("fe80::1%5", "65535", 0ms))) == words{"[fe80::1%5]:65535"});
}

TEST_CASE("no host is this one", "[resolve]") {
  CHECK(texts(or_throw(resolve("", "80", 0ms))) == words{"[::1]:80", "127.0.0.1:80"});
  CHECK(texts(or_throw(resolve("", "80", 0ms, {.v6 = false}))) == words{"127.0.0.1:80"});
  CHECK(texts(or_throw(resolve("", "80", 0ms, {.to_listen = true}))) ==
        words{"[::]:80", "0.0.0.0:80"});
}

TEST_CASE("only the wanted kind of address is found", "[resolve]") {
  CHECK(why(resolve("::1", "80", 0ms, {.v6 = false})) == condition::address_family_not_supported);
  CHECK(why(resolve("127.0.0.1", "80", 0ms, {.v4 = false})) ==
        condition::address_family_not_supported);
  CHECK(why(resolve("127.0.0.1", "80", 0ms, {.v4 = false, .v6 = false})) ==
        condition::invalid_argument);
  for (const auto& where : or_throw(resolve("localhost", "80", soon, {.v6 = false}))) {
    CHECK(where.address.is_v4());
  }
}

TEST_CASE("this host is called localhost", "[resolve]") {
  for (const auto& until : {strait::deadline{}, strait::deadline{soon}}) {
    const auto all = or_throw(resolve("localhost", "8080", until));
    REQUIRE_FALSE(all.empty());
    for (const auto& where : all) {
      CHECK(where.address.is_loopback());
      CHECK(where.port == 8080);
    }
    auto once = all;
    std::ranges::sort(once);
    CHECK(std::ranges::adjacent_find(once) == once.end());  // each comes once
  }
}

TEST_CASE("a host that cannot exist is not found, and the resolver says why", "[resolve]") {
  const auto refused = why(resolve("no-such-host.invalid", "80", 2min));  // asked again and again
  // Where there is no name server, nobody can know.
  CHECK(
      (refused == condition::unknown_host || refused == condition::resource_unavailable_try_again));
  CHECK(refused.subject.text() == "no-such-host.invalid");
  CHECK_FALSE(std::string_view{refused.hint}.empty());
}

TEST_CASE("an unknown service is an invalid argument", "[resolve]") {
  CHECK(why(resolve("127.0.0.1", "no-such-service", soon)) == condition::invalid_argument);
  for (const auto* const text : {"65536", "080", "99999999999999999999", "-1", "+1", ""}) {
    CHECK(why(resolve("127.0.0.1", text, soon)) == condition::invalid_argument);
  }
  CHECK(why(resolve("localhost", "no-such-service", soon)) == condition::invalid_argument);
}

TEST_CASE("what looks like an address and is none is not asked about", "[resolve]") {
  CHECK(why(resolve(std::string_view{"localhost\0.example", 18}, "80", soon)) ==
        condition::invalid_argument);
  CHECK(why(resolve("1:2:3", "80", soon)) == condition::unknown_host);
  CHECK(why(resolve("::1%no-such-interface", "80", soon)) == condition::unknown_host);
}

TEST_CASE("a stop that was requested before ends resolving at once", "[resolve]") {
  std::stop_source stop;
  stop.request_stop();
  CHECK(why(resolve("127.0.0.1", "80", stop.get_token())) == condition::operation_canceled);
  CHECK(why(resolve("localhost", "80", stop.get_token())) == condition::operation_canceled);
}

TEST_CASE("names are resolved by many threads at once", "[resolve]") {
  std::atomic<std::size_t> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&wrong] {
        for (auto n = support::scaled(500, 5); n > 0; --n) {
          const auto found = resolve("localhost", "1", soon);
          wrong += found && found->front().address.is_loopback() ? 0U : 1U;
        }
      });
    }
  }
  CHECK(wrong == 0);
}
