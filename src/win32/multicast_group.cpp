// SPDX-License-Identifier: MIT
#include "../multicast_group.hpp"

#include "socket_call.hpp"

#include <mswsock.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "../datagrams.hpp"

namespace strait::detail {
namespace {

using win32::set_option;

// Windows calls what IPv4 and IPv6 have in common by the same numbers.
// NOLINTBEGIN(bugprone-branch-clone)
constexpr int hops_option(bool v6) noexcept {
  return v6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL;
}
constexpr int loop_option(bool v6) noexcept {
  return v6 ? IPV6_MULTICAST_LOOP : IP_MULTICAST_LOOP;
}
constexpr int where_to_option(bool v6) noexcept {
  return v6 ? IPV6_PKTINFO : IP_PKTINFO;
}
// NOLINTEND(bugprone-branch-clone)

int level_of(bool v6) noexcept {
  return v6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

in_addr as_raw(const ip_address& v4) noexcept {
  in_addr raw{};
  std::memcpy(&raw, v4.bytes().data(), sizeof raw);
  return raw;
}

/// How IPv4 says which interface it means: by one of its addresses.
result<in_addr> address_of(const char* operation, const network_interface& way) {
  const auto v4 = std::ranges::find_if(way.addresses, &ip_address::is_v4);
  if (v4 != way.addresses.end()) return as_raw(*v4);
  return fail(condition::no_such_device, operation, way.name, "it has no address of IPv4");
}

/// The same with the names of IPv4, of IPv6 and of sources of IPv6.
struct names {
  int v4;
  int v4_source;
  int v6;
  int v6_source;
};

result<> change(const char* operation, SOCKET s, const names& what, const ip_address& group,
                const network_interface& on, const std::optional<ip_address>& source) {
  if (group.is_v4()) {
    STRAIT_TRY(const auto way, address_of(operation, on));
    if (!source) {
      const ip_mreq wish{.imr_multiaddr = as_raw(group), .imr_interface = way};
      return set_option(operation, s, IPPROTO_IP, what.v4, wish);
    }
    ip_mreq_source wish{};
    wish.imr_multiaddr = as_raw(group);
    wish.imr_interface = way;
    wish.imr_sourceaddr = as_raw(*source);
    return set_option(operation, s, IPPROTO_IP, what.v4_source, wish);
  }
  const socket_address place{endpoint{.address = group}};
  if (!source) {
    sockaddr_in6 raw{};
    std::memcpy(&raw, place.get(), sizeof raw);
    const ipv6_mreq wish{.ipv6mr_multiaddr = raw.sin6_addr, .ipv6mr_interface = on.index};
    return set_option(operation, s, IPPROTO_IPV6, what.v6, wish);
  }
  GROUP_SOURCE_REQ wish{};
  const socket_address from{endpoint{.address = *source}};
  wish.gsr_interface = on.index;
  std::memcpy(&wish.gsr_group, place.get(), static_cast<std::size_t>(place.size()));
  std::memcpy(&wish.gsr_source, from.get(), static_cast<std::size_t>(from.size()));
  return set_option(operation, s, IPPROTO_IPV6, what.v6_source, wish);
}

/// WSARecvMsg is found by asking the socket.
result<LPFN_WSARECVMSG> find_receive(const char* operation, SOCKET s) {
  GUID name = WSAID_WSARECVMSG;
  LPFN_WSARECVMSG found = nullptr;
  DWORD size = 0;
  STRAIT_CHECK(win32::check_socket(
      operation, ::WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &name, sizeof name,
                            static_cast<void*>(&found), sizeof found, &size, nullptr, nullptr)));
  return found;
}

template <class Fact>
Fact content_of(WSACMSGHDR* part) noexcept {
  Fact fact{};
  std::memcpy(&fact, WSA_CMSG_DATA(part), sizeof fact);
  return fact;
}

void note_where_to(WSACMSGHDR* part, multicast_message& got) noexcept {
  if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
    const auto fact = content_of<IN_PKTINFO>(part);
    ip_address::v4_bytes raw{};
    std::memcpy(raw.data(), &fact.ipi_addr, raw.size());
    got.group = ip_address::v4(raw);
    got.interface_index = fact.ipi_ifindex;
  }
  if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
    const auto fact = content_of<IN6_PKTINFO>(part);
    ip_address::v6_bytes raw{};
    std::memcpy(raw.data(), &fact.ipi6_addr, raw.size());
    got.group = ip_address::v6(raw);
    got.interface_index = fact.ipi6_ifindex;
  }
}

}  // namespace

result<> apply_options(const char* operation, native_socket s, const multicast_options& wish) {
  const int level = level_of(wish.v6);
  STRAIT_CHECK(set_option(operation, s, level, hops_option(wish.v6), DWORD{wish.hops}));
  STRAIT_CHECK(set_option(operation, s, level, loop_option(wish.v6), DWORD{wish.loop}));
  STRAIT_CHECK(win32::set_buffer(operation, s, SO_SNDBUF, wish.send_buffer));
  return win32::set_buffer(operation, s, SO_RCVBUF, wish.receive_buffer);
}

result<> bind_multicast(const char* operation, native_socket s, std::uint16_t port, bool v6) {
  win32::ignore_refusals(s);
  STRAIT_CHECK(set_option(operation, s, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}));
  if (v6) STRAIT_CHECK(set_option(operation, s, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{1}));
  STRAIT_CHECK(set_option(operation, s, level_of(v6), where_to_option(v6), DWORD{1}));
  const socket_address any{
      endpoint{.address = v6 ? ip_address::any_v6() : ip_address::any_v4(), .port = port}};
  auto done = win32::check_socket(operation, ::bind(s, any.get(), any.size()));
  // So Windows says that somebody has it who does not share it.
  if (!done && done.error().native == WSAEACCES) done.error().condition = condition::address_in_use;
  return done;
}

result<> join_group(const char* operation, native_socket s, const ip_address& group,
                    const network_interface& on, const std::optional<ip_address>& source) {
  constexpr names what{.v4 = IP_ADD_MEMBERSHIP,
                       .v4_source = IP_ADD_SOURCE_MEMBERSHIP,
                       .v6 = IPV6_ADD_MEMBERSHIP,
                       .v6_source = MCAST_JOIN_SOURCE_GROUP};
  return change(operation, s, what, group, on, source);
}

result<> leave_group(const char* operation, native_socket s, const ip_address& group,
                     const network_interface& on, const std::optional<ip_address>& source) {
  constexpr names what{.v4 = IP_DROP_MEMBERSHIP,
                       .v4_source = IP_DROP_SOURCE_MEMBERSHIP,
                       .v6 = IPV6_DROP_MEMBERSHIP,
                       .v6_source = MCAST_LEAVE_SOURCE_GROUP};
  return change(operation, s, what, group, on, source);
}

result<> send_through(const char* operation, native_socket s, bool v6,
                      const network_interface& way) {
  if (v6) return set_option(operation, s, IPPROTO_IPV6, IPV6_MULTICAST_IF, DWORD{way.index});
  STRAIT_TRY(const auto address, address_of(operation, way));
  return set_option(operation, s, IPPROTO_IP, IP_MULTICAST_IF, address);
}

result<multicast_message> receive_multicast(const char* operation, native_socket s, bytes into,
                                            const deadline& until) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  STRAIT_TRY(const auto receive, find_receive(operation, s));
  const auto as_piece = [](bytes room) {
    return WSABUF{.len = win32::clamp(room.size()), .buf = reinterpret_cast<char*>(room.data())};
  };
  std::array<WSABUF, 2> room{as_piece(into), as_piece(nobody_reads)};
  alignas(WSACMSGHDR) std::array<char, 256> control;
  socket_address sender;
  WSAMSG message{};
  message.name = sender.room();
  message.namelen = *sender.room_size();
  message.lpBuffers = room.data();
  message.dwBufferCount = static_cast<DWORD>(room.size());
  message.Control = {.len = static_cast<ULONG>(control.size()), .buf = control.data()};
  STRAIT_TRY(const auto size, win32::socket_transfer(operation, s, until, [&](OVERLAPPED* io) {
    return receive(s, &message, nullptr, io, nullptr);
  }));
  multicast_message got{.size = size, .from = as_endpoint(sender.get()).value_or(endpoint{})};
  for (auto* part = WSA_CMSG_FIRSTHDR(&message); part != nullptr;
       part = WSA_CMSG_NXTHDR(&message, part)) {
    note_where_to(part, got);
  }
  return got;
}

}  // namespace strait::detail
