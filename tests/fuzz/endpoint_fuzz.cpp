// SPDX-License-Identifier: MIT
// Any text: what is read as an address is the one that the system reads, what is not read the
// system does not read either, and what is written is read again as the same.
#include <strait/endpoint.hpp>

#include <arpa/inet.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz.hpp"

namespace {

using fuzz::must_hold;
using strait::endpoint;
using strait::ip_address;

/// Whether the system reads the text as an address, and which.
template <std::size_t Size>
bool system_reads(int family, std::string_view text, std::array<std::uint8_t, Size>& bytes) {
  const bool has_end = text.find('\0') != std::string_view::npos;  // where the system stops
  return !has_end && ::inet_pton(family, std::string{text}.c_str(), bytes.data()) == 1;
}

template <std::size_t Size>
void compare(int family, std::string_view text, bool is_read, const ip_address& read) {
  std::array<std::uint8_t, Size> bytes{};
  must_hold(system_reads(family, text, bytes) == is_read, "the system reads the same texts");
  must_hold(!is_read || std::ranges::equal(read.bytes(), bytes), "and the same addresses in them");
}

void check_address(std::string_view text) {
  const auto read = ip_address::parse(text);
  const auto address = read.value_or(ip_address{});
  const auto mark = text.find('%');
  if (mark == std::string_view::npos) {
    compare<4>(AF_INET, text, read && address.is_v4(), address);
    compare<16>(AF_INET6, text, read && address.is_v6(), address);
  } else if (read) {
    compare<16>(AF_INET6, text.substr(0, mark), true, address);
  }
  if (!read) return;
  const auto again = address.text();
  must_hold(ip_address::parse(again) == address, "what is written is the same address");
  must_hold(again.size() <= text.size() || address.is_v6(), "IPv4 has one text");
}

void check_endpoint(std::string_view text) {
  const auto read = endpoint::parse(text);
  if (!read) return;
  must_hold(endpoint::parse(read->text()) == *read, "what is written is the same endpoint");
  const auto host = text.substr(0, text.rfind(':'));
  const auto inner = read->address.is_v6() ? host.substr(1, host.size() - 2) : host;
  must_hold(ip_address::parse(inner) == read->address, "its address is one by itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_address(text);
  check_endpoint(text);
  return 0;
}
