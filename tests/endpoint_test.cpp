// SPDX-License-Identifier: MIT
#include <strait/endpoint.hpp>

#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"

using strait::condition;
using strait::endpoint;
using strait::ip_address;
using strait::or_throw;
using support::why;

namespace {

// All of this is known when the program is compiled.
static_assert(ip_address{} == ip_address::any_v4());
static_assert(ip_address::parse("127.0.0.1").value() == ip_address::loopback_v4());
static_assert(ip_address::parse("::1").value() == ip_address::loopback_v6());
static_assert(endpoint::parse("[::1]:80").value().port == 80);
static_assert(!ip_address::parse("127.1"));

std::string again(std::string_view text) {
  return or_throw(ip_address::parse(text)).text();
}

ip_address random_v6(std::mt19937& dice) {
  ip_address::v6_bytes bytes{};
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    if (dice() % 2 == 0) continue;  // so that there are runs of zeros
    bytes[i] = static_cast<std::uint8_t>(dice() % 3 == 0 ? dice() : 0);
    bytes[i + 1] = static_cast<std::uint8_t>(dice());
  }
  return ip_address::v6(bytes, dice() % 4 == 0 ? static_cast<std::uint32_t>(dice()) : 0);
}

}  // namespace

TEST_CASE("an IPv4 address is read as it is written", "[endpoint]") {
  for (const auto* const text : {"0.0.0.0", "127.0.0.1", "192.0.2.1", "255.255.255.255"}) {
    CHECK(again(text) == text);
  }
  CHECK(or_throw(ip_address::parse("1.2.3.4")) == ip_address::v4({1, 2, 3, 4}));
}

TEST_CASE("what only some systems take for an IPv4 address is none", "[endpoint]") {
  for (const auto* const text : {"",
                                 "1",
                                 "127.1",
                                 "1.2.3",
                                 "1.2.3.4.5",
                                 "1.2.3.",
                                 ".1.2.3",
                                 "1..2.3",
                                 "256.0.0.1",
                                 "1.2.3.256",
                                 "010.0.0.1",
                                 "0x7f.0.0.1",
                                 "1.2.3.-4",
                                 "+1.2.3.4",
                                 " 1.2.3.4",
                                 "1.2.3.4 ",
                                 "1.2.3.4\n",
                                 "1.2.3.1000",
                                 "1.2.3.99999999999999999999",
                                 "localhost",
                                 "１.2.3.4"}) {
    CHECK(why(ip_address::parse(text)) == condition::invalid_argument);
  }
}

TEST_CASE("IPv6 is written in one form, whatever it was read from", "[endpoint]") {
  const std::pair<std::string_view, std::string_view> forms[] = {
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one group is not left out
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of two of the same size
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::ffff:c000:201", "::ffff:192.0.2.1"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"fe80::1%2", "fe80::1%2"},
      {"fe80::1%4294967295", "fe80::1%4294967295"},
      {"fe80::1%0", "fe80::1"}};
  for (const auto& [text, form] : forms) CHECK(again(text) == form);
}

TEST_CASE("what is no IPv6 address is refused", "[endpoint]") {
  for (const auto* const text : {":",
                                 ":::",
                                 "1:",
                                 ":1",
                                 "1::2::3",
                                 "1:2:3:4:5:6:7",
                                 "1:2:3:4:5:6:7:8:9",
                                 "1:2:3:4:5:6:7:8::",
                                 "::1:2:3:4:5:6:7:8",
                                 "1:2:3:4::5:6:7:8",
                                 "12345::",
                                 "g::",
                                 "::1.2.3",
                                 "1.2.3.4::",
                                 "::1.2.3.4:5",
                                 "1:2:3:4:5:6:7:1.2.3.4",
                                 "::1 ",
                                 " ::1",
                                 "[::1]",
                                 "::1%",
                                 "::1%eth0",
                                 "::1%4294967296",
                                 "::1%01",
                                 "::1%1%2",
                                 "::-1"}) {
    CHECK(why(ip_address::parse(text)) == condition::invalid_argument);
  }
}

TEST_CASE("an error says which address was meant, and how one is written", "[endpoint]") {
  const auto wrong = why(ip_address::parse("300.0.0.1"));
  CHECK(wrong.subject.text() == "300.0.0.1");
  CHECK(wrong.message().find("four numbers up to 255") != std::string::npos);
  CHECK(why(endpoint::parse("::1:80")).message().find("[address]:port") != std::string::npos);
}

TEST_CASE("random addresses are read as they are written", "[endpoint]") {
  std::mt19937 dice{1};  // NOLINT(bugprone-random-generator-seed): the same each time
  for (auto i = support::scaled(1'000'000, 1'000); i > 0; --i) {
    const auto v6 = random_v6(dice);
    REQUIRE(or_throw(ip_address::parse(v6.text())) == v6);
    const auto number = dice();
    const auto v4 = ip_address::v4(
        {static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
         static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)});
    REQUIRE(or_throw(ip_address::parse(v4.text())) == v4);
    const endpoint here{.address = number % 2 == 0 ? v4 : v6,
                        .port = static_cast<std::uint16_t>(dice())};
    REQUIRE(or_throw(endpoint::parse(here.text())) == here);
  }
}

TEST_CASE("an endpoint is an address and a port", "[endpoint]") {
  CHECK(or_throw(endpoint::parse("192.0.2.1:80")).text() == "192.0.2.1:80");
  CHECK(or_throw(endpoint::parse("[2001:db8::1]:65535")).text() == "[2001:db8::1]:65535");
  CHECK(or_throw(endpoint::parse("[fe80::1%3]:0")).text() == "[fe80::1%3]:0");
  for (const auto* const text :
       {"", ":", ":80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:+1",
        "1.2.3.4:080", "1.2.3.4:http", "::1:80", "[::1]", "[::1]:", "[::1]80", "[1.2.3.4]:80",
        "[::1:80", "::1]:80", "[[::1]]:80", "[]:80"}) {
    CHECK(why(endpoint::parse(text)) == condition::invalid_argument);
  }
}

TEST_CASE("addresses tell what they are for", "[endpoint]") {
  const auto read = [](std::string_view text) { return or_throw(ip_address::parse(text)); };
  CHECK(read("0.0.0.0").is_any());
  CHECK(read("::").is_any());
  CHECK_FALSE(read("0.0.0.1").is_any());
  CHECK(read("127.255.0.1").is_loopback());
  CHECK(read("::1").is_loopback());
  CHECK_FALSE(read("128.0.0.1").is_loopback());
  CHECK(read("224.0.0.1").is_multicast());
  CHECK(read("239.255.255.255").is_multicast());
  CHECK(read("ff02::1").is_multicast());
  CHECK_FALSE(read("223.255.255.255").is_multicast());
  CHECK_FALSE(read("240.0.0.0").is_multicast());
  CHECK(read("169.254.1.1").is_link_local());
  CHECK(read("fe80::1").is_link_local());
  CHECK(read("febf::1").is_link_local());
  CHECK_FALSE(read("fec0::1").is_link_local());
  CHECK(read("::ffff:192.0.2.1").unmapped() == read("192.0.2.1"));
  CHECK(read("::1").unmapped() == read("::1"));
  CHECK(read("fe80::1%7").scope() == 7);
  CHECK(read("1.2.3.4").bytes().size() == 4);
  CHECK(read("::1").bytes().size() == 16);
}

TEST_CASE("addresses can be sorted, and the scope counts", "[endpoint]") {
  const auto read = [](std::string_view text) { return or_throw(ip_address::parse(text)); };
  const std::set<ip_address> all{read("fe80::1%2"), read("fe80::1%1"), read("1.2.3.4"),
                                 read("fe80::1%2")};
  CHECK(all.size() == 3);
  CHECK(*all.begin() == read("1.2.3.4"));
}
