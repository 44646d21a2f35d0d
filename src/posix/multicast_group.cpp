// SPDX-License-Identifier: MIT
// NOLINTNEXTLINE(bugprone-reserved-identifier): without it macOS hides what it has for IPv6
#define __APPLE_USE_RFC_3542 1
#include "../multicast_group.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <algorithm>
#include <array>
#include <cstring>

#include "../datagrams.hpp"
#include "socket.hpp"

#if !defined(IP_PKTINFO)  // FreeBSD
#include <net/if_dl.h>
#endif

namespace strait::detail {
namespace {

int level_of(bool v6) noexcept {
  return v6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

template <class Fact>
Fact content_of(cmsghdr* part) noexcept {
  Fact fact{};
  std::memcpy(&fact, CMSG_DATA(part), sizeof fact);
  return fact;
}

/// What comes behind a part, or nothing. CMSG_NXTHDR of musl does not compile without warnings.
cmsghdr* part_after(const msghdr& message, cmsghdr* part) noexcept {
  auto* const begin = static_cast<std::byte*>(message.msg_control);
  auto* const here = reinterpret_cast<std::byte*>(part);
  const auto offset = static_cast<std::size_t>(here - begin) +
                      CMSG_SPACE(static_cast<std::size_t>(part->cmsg_len) - CMSG_LEN(0));
  const auto size = static_cast<std::size_t>(message.msg_controllen);
  if (offset + sizeof(cmsghdr) > size) return nullptr;
  return reinterpret_cast<cmsghdr*>(begin + offset);
}

// Where a message went, and where it came in.

result<> ask_where_to(const char* operation, int s, bool v6) {
  if (v6) return posix::set_option(operation, s, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
#if defined(IP_PKTINFO)
  return posix::set_option(operation, s, IPPROTO_IP, IP_PKTINFO, 1);
#else
  STRAIT_CHECK(posix::set_option(operation, s, IPPROTO_IP, IP_RECVDSTADDR, 1));
  return posix::set_option(operation, s, IPPROTO_IP, IP_RECVIF, 1);
#endif
}

ip_address as_address(const in_addr& raw) noexcept {
  ip_address::v4_bytes bytes{};
  std::memcpy(bytes.data(), &raw, bytes.size());
  return ip_address::v4(bytes);
}

void note_where_to(cmsghdr* part, multicast_message& got) noexcept {
  if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
    const auto fact = content_of<in6_pktinfo>(part);
    ip_address::v6_bytes bytes{};
    std::memcpy(bytes.data(), &fact.ipi6_addr, bytes.size());
    got.group = ip_address::v6(bytes);
    got.interface_index = static_cast<std::uint32_t>(fact.ipi6_ifindex);
  }
  if (part->cmsg_level != IPPROTO_IP) return;
#if defined(IP_PKTINFO)
  if (part->cmsg_type == IP_PKTINFO) {
    const auto fact = content_of<in_pktinfo>(part);
    got.group = as_address(fact.ipi_addr);
    got.interface_index = static_cast<std::uint32_t>(fact.ipi_ifindex);
  }
#else
  if (part->cmsg_type == IP_RECVDSTADDR) got.group = as_address(content_of<in_addr>(part));
  if (part->cmsg_type == IP_RECVIF) got.interface_index = content_of<sockaddr_dl>(part).sdl_index;
#endif
}

/// What joins, or leaves, as every system takes it.
sockaddr_storage as_storage(const ip_address& address) noexcept {
  const socket_address from{endpoint{.address = address}};
  sockaddr_storage to{};
  std::memcpy(&to, from.get(), from.size());
  posix::set_length(to, from.size());
  return to;
}

result<> change(const char* operation, int s, int what, int what_of_source, const ip_address& group,
                const network_interface& on, const std::optional<ip_address>& source) {
  const int level = level_of(group.is_v6());
  if (!source) {
    group_req wish{};
    wish.gr_interface = on.index;
    wish.gr_group = as_storage(group);
    return posix::set_option(operation, s, level, what, wish);
  }
  group_source_req wish{};
  wish.gsr_interface = on.index;
  wish.gsr_group = as_storage(group);
  wish.gsr_source = as_storage(*source);
  return posix::set_option(operation, s, level, what_of_source, wish);
}

result<> share(const char* operation, int s) {
  for (const int option : posix::share_port) {
    STRAIT_CHECK(posix::set_option(operation, s, SOL_SOCKET, option, 1));
  }
  return {};
}

}  // namespace

result<> apply_options(const char* operation, native_socket s, const multicast_options& wish) {
  if (wish.v6) {
    STRAIT_CHECK(
        posix::set_option(operation, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, int{wish.hops}));
    STRAIT_CHECK(posix::set_option(operation, s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP,
                                   static_cast<unsigned>(wish.loop)));
  } else {
    using byte = unsigned char;  // not every system takes an int for these
    STRAIT_CHECK(posix::set_option(operation, s, IPPROTO_IP, IP_MULTICAST_TTL,
                                   static_cast<byte>(wish.hops)));
    STRAIT_CHECK(posix::set_option(operation, s, IPPROTO_IP, IP_MULTICAST_LOOP,
                                   static_cast<byte>(wish.loop)));
  }
  STRAIT_CHECK(posix::set_buffer(operation, s, SO_SNDBUF, wish.send_buffer));
  return posix::set_buffer(operation, s, SO_RCVBUF, wish.receive_buffer);
}

result<> bind_multicast(const char* operation, native_socket s, std::uint16_t port, bool v6) {
  // Not needed to be right, for the library looks at what arrives; but what does not arrive need
  // not be looked at.
  const int all_groups = v6 ? posix::all_groups_v6 : posix::all_groups_v4;
  if (all_groups != 0) {
    static_cast<void>(posix::set_option(operation, s, level_of(v6), all_groups, 0));
  }
  if (v6) STRAIT_CHECK(posix::set_option(operation, s, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  STRAIT_CHECK(ask_where_to(operation, s, v6));
  // A port that the system chooses may else be one that others share already.
  if (port != 0) STRAIT_CHECK(share(operation, s));
  const socket_address any{
      endpoint{.address = v6 ? ip_address::any_v6() : ip_address::any_v4(), .port = port}};
  STRAIT_CHECK(posix::retry(operation, [&] { return ::bind(s, any.get(), any.size()); }));
  return port == 0 ? share(operation, s) : result<>{};
}

result<> join_group(const char* operation, native_socket s, const ip_address& group,
                    const network_interface& on, const std::optional<ip_address>& source) {
  return change(operation, s, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP, group, on, source);
}

result<> leave_group(const char* operation, native_socket s, const ip_address& group,
                     const network_interface& on, const std::optional<ip_address>& source) {
  return change(operation, s, MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP, group, on, source);
}

result<> send_through(const char* operation, native_socket s, bool v6,
                      const network_interface& way) {
  if (v6) {
    return posix::set_option(operation, s, IPPROTO_IPV6, IPV6_MULTICAST_IF,
                             static_cast<int>(way.index));
  }
  ip_mreqn wish{};
  wish.imr_ifindex = static_cast<decltype(wish.imr_ifindex)>(way.index);
  // Else Linux may say that it comes from another interface.
  const auto from = std::ranges::find_if(way.addresses, &ip_address::is_v4);
  if (from != way.addresses.end()) std::memcpy(&wish.imr_address, from->bytes().data(), 4);
  return posix::set_option(operation, s, IPPROTO_IP, IP_MULTICAST_IF, wish);
}

result<multicast_message> receive_multicast(const char* operation, native_socket s, bytes into,
                                            const deadline& until) {
  std::array<iovec, 2> parts{posix::as_part(into), posix::as_part(nobody_reads)};
  alignas(cmsghdr) std::array<std::byte, 256> control;
  socket_address sender;
  msghdr message{};
  STRAIT_TRY(const auto size, posix::transfer(operation, s, POLLIN, until, [&] {
    message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    message.msg_name = sender.room();
    message.msg_namelen = *sender.room_size();
    return ::recvmsg(s, &message, posix::no_wait(until));
  }));
  multicast_message got{.size = size, .from = as_endpoint(sender.get()).value_or(endpoint{})};
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = part_after(message, part)) {
    note_where_to(part, got);
  }
  return got;
}

}  // namespace strait::detail
