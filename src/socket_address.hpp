// SPDX-License-Identifier: MIT
#pragma once

// How systems write an endpoint: the same everywhere, though the headers of it are not. Those come
// first: include posix/socket.hpp or win32/winsock.hpp instead of this.

#include <cstring>
#include <optional>

#include <strait/endpoint.hpp>

namespace strait::detail {

/// Room for any address a system can say.
class socket_address {
 public:
  socket_address() noexcept = default;

  explicit socket_address(const endpoint& where) noexcept {
    if (where.address.is_v4()) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      v4.sin_port = htons(where.port);
      std::memcpy(&v4.sin_addr, where.address.bytes().data(), sizeof v4.sin_addr);
      hold(v4);
    } else {
      sockaddr_in6 v6{};
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(where.port);
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): in the Windows SDK it is in one
      v6.sin6_scope_id = where.address.scope();
      std::memcpy(&v6.sin6_addr, where.address.bytes().data(), sizeof v6.sin6_addr);
      hold(v6);
    }
  }

  [[nodiscard]] int family() const noexcept { return room_.ss_family; }
  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&room_);
  }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }

  /// For a system call that writes to it.
  [[nodiscard]] sockaddr* room() noexcept { return reinterpret_cast<sockaddr*>(&room_); }
  [[nodiscard]] socklen_t* room_size() noexcept {
    size_ = sizeof room_;
    return &size_;
  }

 private:
  template <class Address>
  void hold(const Address& address) noexcept {
    std::memcpy(&room_, &address, sizeof address);
    size_ = sizeof address;
  }

  sockaddr_storage room_{};
  socklen_t size_ = 0;
};

/// Nothing if it is no address of the Internet.
inline std::optional<endpoint> as_endpoint(const sockaddr* address) noexcept {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    ip_address::v4_bytes raw{};
    std::memcpy(raw.data(), &v4.sin_addr, raw.size());
    return endpoint{.address = ip_address::v4(raw), .port = ntohs(v4.sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    ip_address::v6_bytes raw{};
    std::memcpy(raw.data(), &v6.sin6_addr, raw.size());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): likewise
    return endpoint{.address = ip_address::v6(raw, v6.sin6_scope_id), .port = ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

}  // namespace strait::detail
