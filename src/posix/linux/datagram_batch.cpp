// SPDX-License-Identifier: MIT
// recvmmsg, sendmmsg, and several datagrams that the system takes as one and cuts itself (GSO).
#include "../datagram_batch.hpp"

#include <netinet/udp.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace strait::posix {
namespace {

constexpr std::size_t most_in_a_call = 64;

// What goes through every Ethernet as it is. Longer ones are no burden.
constexpr std::size_t longest_to_join = 1452;
constexpr std::size_t most_to_join = 40;  // together less than 64 KiB

constexpr int udp_segment = 103;  // UDP_SEGMENT: since Linux 4.18

/// Before that the kernel would send what should be cut in one piece. What it says of one socket
/// holds for all; of what is no socket it says nothing.
bool can_join(int fd) noexcept {
  enum class answer : std::uint8_t { unknown, no, yes };
  static std::atomic<answer> known = answer::unknown;
  auto seen = known.load(std::memory_order_relaxed);
  if (seen == answer::unknown) {
    int size = 0;
    socklen_t room = sizeof size;
    if (::getsockopt(fd, IPPROTO_UDP, udp_segment, &size, &room) == 0) {
      seen = answer::yes;
    } else if (errno == ENOPROTOOPT) {
      seen = answer::no;
    }
    known.store(seen, std::memory_order_relaxed);
  }
  return seen == answer::yes;
}

/// For the calls that take them as an int in glibc, and unsigned in musl.
struct call_flags {
  int value;
  operator int() const noexcept { return value; }
  operator unsigned() const noexcept { return static_cast<unsigned>(value); }
};

/// How many of the first messages are of one size and go to one place. The last may be shorter.
std::size_t count_alike(bool is_connected, std::span<const datagram_to_send> messages) noexcept {
  const auto& first = messages.front();
  const auto size = first.message.size();
  if (size == 0 || size > longest_to_join) return 1;
  std::size_t count = 1;
  for (const auto& next : messages.subspan(1, std::min(messages.size(), most_to_join) - 1)) {
    const bool is_alike = is_connected || next.to == first.to;
    if (!is_alike || next.message.empty() || next.message.size() > size) break;
    ++count;
    if (next.message.size() < size) break;
  }
  return count;
}

/// What one call sends.
class sending {
 public:
  sending(bool is_connected, std::span<const datagram_to_send> messages, bool joins) noexcept {
    messages = messages.first(std::min(messages.size(), most_in_a_call));
    while (!messages.empty()) {
      const auto count = joins ? count_alike(is_connected, messages) : 1;
      add(is_connected, messages.first(count));
      messages = messages.subspan(count);
    }
  }

  [[nodiscard]] bool has_joined() const noexcept { return has_joined_; }

  /// How many messages went; -1 as sendmmsg() says it.
  ssize_t send(int fd, int flags) noexcept {
    const int went = ::sendmmsg(fd, calls_.data(), static_cast<unsigned>(count_),
                                call_flags{flags});
    if (went <= 0) return went;
    ssize_t total = 0;
    for (const auto& call : std::span{calls_}.first(static_cast<std::size_t>(went))) {
      total += static_cast<ssize_t>(call.msg_hdr.msg_iovlen);
    }
    return total;
  }

 private:
  void add(bool is_connected, std::span<const datagram_to_send> alike) noexcept {
    auto& call = calls_[count_].msg_hdr;
    call = {};
    if (!is_connected) {
      auto& to = places_[count_] = detail::socket_address{alike.front().to};
      call.msg_namelen = to.size();
      call.msg_name = const_cast<sockaddr*>(to.get());
    }
    call.msg_iov = &parts_[parts_count_];
    call.msg_iovlen = static_cast<decltype(call.msg_iovlen)>(alike.size());
    for (const auto& one : alike) parts_[parts_count_++] = as_part(one.message);
    if (alike.size() > 1) {
      has_joined_ = true;
      cut(call, static_cast<std::uint16_t>(alike.front().message.size()));
    }
    ++count_;
  }

  void cut(msghdr& call, std::uint16_t size) noexcept {
    auto& room = controls_[count_];
    call.msg_control = room.data();
    call.msg_controllen = room.size();
    auto* const head = CMSG_FIRSTHDR(&call);
    head->cmsg_level = IPPROTO_UDP;
    head->cmsg_type = udp_segment;
    head->cmsg_len = CMSG_LEN(sizeof size);
    std::memcpy(CMSG_DATA(head), &size, sizeof size);
  }

  struct alignas(cmsghdr) control : std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> {};

  std::array<mmsghdr, most_in_a_call> calls_;
  std::array<detail::socket_address, most_in_a_call> places_;
  std::array<control, most_in_a_call> controls_;
  std::array<iovec, most_in_a_call> parts_;
  std::size_t count_ = 0;
  std::size_t parts_count_ = 0;
  bool has_joined_ = false;
};

/// What the kernel says if it does not join these, or not on this way, though each may go alone.
bool is_about_joining(int code) noexcept {
  constexpr int codes[] = {EINVAL, EIO, EMSGSIZE, EOPNOTSUPP, ENOPROTOOPT};
  return std::ranges::find(codes, code) != std::end(codes);
}

}  // namespace

ssize_t send_some(int fd, bool is_connected, std::span<const datagram_to_send> messages,
                  int flags) noexcept {
  sending joined{is_connected, messages, can_join(fd)};
  const auto sent = joined.send(fd, flags);
  if (sent != -1 || !joined.has_joined() || !is_about_joining(errno)) return sent;
  return sending{is_connected, messages, false}.send(fd, flags);
}

ssize_t receive_some(int fd, std::span<received_datagram> messages, bool wait) noexcept {
  std::array<mmsghdr, most_in_a_call> calls;
  std::array<iovec, most_in_a_call> parts;
  std::array<detail::socket_address, most_in_a_call> senders;
  messages = messages.first(std::min(messages.size(), most_in_a_call));
  for (std::size_t i = 0; i < messages.size(); ++i) {
    parts[i] = as_part(messages[i].into);
    calls[i] = {};
    auto& call = calls[i].msg_hdr;
    call.msg_iov = &parts[i];
    call.msg_iovlen = 1;
    call.msg_name = senders[i].room();
    call.msg_namelen = *senders[i].room_size();
  }
  const call_flags flags{MSG_TRUNC | (wait ? MSG_WAITFORONE : MSG_DONTWAIT)};
  const int count = ::recvmmsg(fd, calls.data(), static_cast<unsigned>(messages.size()), flags,
                               nullptr);
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
    messages[i].size = calls[i].msg_len;
    messages[i].from = detail::as_endpoint(senders[i].get()).value_or(endpoint{});
  }
  return count;
}

ssize_t receive_one(int fd, bytes into, detail::socket_address* from, int flags) noexcept {
  if (from == nullptr) return ::recv(fd, into.data(), into.size(), flags | MSG_TRUNC);
  return ::recvfrom(fd, into.data(), into.size(), flags | MSG_TRUNC, from->room(),
                    from->room_size());
}

}  // namespace strait::posix
