// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <strait/detail/address_text.hpp>
#include <strait/error.hpp>

namespace strait {

/// The address of a host: IPv4, or IPv6 with the scope that link-local ones need.
///
///     constexpr auto here = ip_address::parse("127.0.0.1").value();
class ip_address {
 public:
  using v4_bytes = std::array<std::uint8_t, 4>;
  using v6_bytes = std::array<std::uint8_t, 16>;

  /// 0.0.0.0
  constexpr ip_address() noexcept = default;

  /// In the order in which they are written and sent.
  [[nodiscard]] static constexpr ip_address v4(const v4_bytes& raw) noexcept;
  /// `scope` is the number of the interface that a link-local address means, 0 for others.
  [[nodiscard]] static constexpr ip_address v6(const v6_bytes& raw,
                                               std::uint32_t scope = 0) noexcept;

  [[nodiscard]] static constexpr ip_address any_v4() noexcept { return {}; }
  [[nodiscard]] static constexpr ip_address any_v6() noexcept { return v6({}); }
  [[nodiscard]] static constexpr ip_address loopback_v4() noexcept { return v4({127, 0, 0, 1}); }
  [[nodiscard]] static constexpr ip_address loopback_v6() noexcept {
    v6_bytes raw{};
    raw.back() = 1;
    return v6(raw);
  }

  /// Reads "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1" or "fe80::1%2", and nothing that only
  /// some systems take: no "127.1", no "010.0.0.1", no name of an interface (but see resolve).
  ///
  /// Fails with invalid_argument.
  [[nodiscard]] static constexpr result<ip_address> parse(std::string_view text) noexcept;

  /// What parse reads. IPv6 in the form of RFC 5952: equal addresses have equal texts.
  [[nodiscard]] STRAIT_API std::string text() const;

  [[nodiscard]] constexpr bool is_v4() const noexcept { return !is_v6_; }
  [[nodiscard]] constexpr bool is_v6() const noexcept { return is_v6_; }
  /// 4 or 16, in the order in which they are sent.
  [[nodiscard]] constexpr std::span<const std::uint8_t> bytes() const noexcept {
    return std::span{bytes_}.first(is_v6_ ? 16 : 4);
  }
  [[nodiscard]] constexpr std::uint32_t scope() const noexcept { return scope_; }

  /// Every address of this host, for who listens.
  [[nodiscard]] constexpr bool is_any() const noexcept {
    return std::ranges::all_of(bytes(), [](std::uint8_t byte) { return byte == 0; });
  }
  /// This host alone: 127.0.0.0/8, ::1.
  [[nodiscard]] constexpr bool is_loopback() const noexcept {
    return is_v6_ ? bytes_ == loopback_v6().bytes_ : bytes_[0] == 127;
  }
  /// A group: 224.0.0.0/4, ff00::/8.
  [[nodiscard]] constexpr bool is_multicast() const noexcept {
    return is_v6_ ? bytes_[0] == 0xFF : (bytes_[0] & 0xF0U) == 0xE0;
  }
  /// Means nothing beyond one link, and IPv6 needs a scope to say which: 169.254.0.0/16, fe80::/10.
  [[nodiscard]] constexpr bool is_link_local() const noexcept {
    return is_v6_ ? bytes_[0] == 0xFE && (bytes_[1] & 0xC0U) == 0x80
                  : bytes_[0] == 169 && bytes_[1] == 254;
  }
  /// An IPv4 address as an IPv6 socket shows it: ::ffff:192.0.2.1.
  [[nodiscard]] constexpr bool is_mapped() const noexcept {
    constexpr v6_bytes prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return is_v6_ && std::equal(prefix.begin(), prefix.begin() + 12, bytes_.begin());
  }
  /// The IPv4 address that such a one means; any other as it is.
  [[nodiscard]] constexpr ip_address unmapped() const noexcept;

  friend constexpr bool operator==(const ip_address&, const ip_address&) noexcept = default;
  friend constexpr auto operator<=>(const ip_address&, const ip_address&) noexcept = default;

 private:
  bool is_v6_ = false;
  v6_bytes bytes_{};  ///< Of IPv4 the first four.
  std::uint32_t scope_ = 0;
};

/// Where a socket is: an address and a port.
///
///     constexpr endpoint server{ip_address::loopback_v4(), 8080};
struct endpoint {
  ip_address address;
  std::uint16_t port = 0;

  /// Reads "192.0.2.1:80" or "[2001:db8::1]:80". Fails with invalid_argument.
  [[nodiscard]] static constexpr result<endpoint> parse(std::string_view text) noexcept;
  /// What parse reads.
  [[nodiscard]] STRAIT_API std::string text() const;

  friend constexpr bool operator==(const endpoint&, const endpoint&) noexcept = default;
  friend constexpr auto operator<=>(const endpoint&, const endpoint&) noexcept = default;
};

constexpr ip_address ip_address::v4(const v4_bytes& raw) noexcept {
  ip_address made;
  std::ranges::copy(raw, made.bytes_.begin());
  return made;
}

constexpr ip_address ip_address::v6(const v6_bytes& raw, std::uint32_t scope) noexcept {
  ip_address made;
  made.is_v6_ = true;
  made.bytes_ = raw;
  made.scope_ = scope;
  return made;
}

constexpr result<ip_address> ip_address::parse(std::string_view text) noexcept {
  constexpr auto operation = "read address";
  if (text.find(':') == std::string_view::npos) {
    if (const auto raw = detail::read_v4(text)) return v4(*raw);
    return std::unexpected{error{.condition = condition::invalid_argument,
                                 .operation = operation,
                                 .subject = text,
                                 .hint = "four numbers up to 255, with dots between"}};
  }
  const auto mark = text.find('%');
  const auto raw = detail::read_v6(text.substr(0, mark));
  if (!raw) {
    return std::unexpected{error{.condition = condition::invalid_argument,
                                 .operation = operation,
                                 .subject = text,
                                 .hint = "eight groups of hexadecimal digits, or less and one ::"}};
  }
  if (mark == std::string_view::npos) return v6(*raw);
  if (const auto scope = detail::read_number<std::uint32_t>(text.substr(mark + 1))) {
    return v6(*raw, *scope);
  }
  return std::unexpected{error{.condition = condition::invalid_argument,
                               .operation = operation,
                               .subject = text,
                               .hint = "after % stands the number of an interface"}};
}

constexpr ip_address ip_address::unmapped() const noexcept {
  if (!is_mapped()) return *this;
  return v4({bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

constexpr result<endpoint> endpoint::parse(std::string_view text) noexcept {
  const auto refuse = [text](const char* hint) {
    return std::unexpected{error{.condition = condition::invalid_argument,
                                 .operation = "read endpoint",
                                 .subject = text,
                                 .hint = hint}};
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse("address:port");
  const auto port = detail::read_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return refuse("after the last : stands a port, 0 to 65535");
  auto host = text.substr(0, colon);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const auto address = ip_address::parse(host);
  if (!address) return refuse(address.error().hint);
  if (address->is_v6() != in_brackets) return refuse("IPv6 stands in brackets: [address]:port");
  return endpoint{.address = *address, .port = *port};
}

}  // namespace strait
