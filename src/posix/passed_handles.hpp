// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include <strait/stream.hpp>

#include "socket.hpp"

// Descriptors on their way through a local stream.
namespace strait::posix {

inline constexpr std::size_t most_passed = 64;

/// Eight bytes of the stream, which go with the descriptors and keep their place.
struct passed_header {
  static constexpr std::uint32_t right_magic = 0x53485453;

  std::uint32_t magic = right_magic;
  std::uint32_t count = 0;
};

/// Memory for the control part of one message that carries `Most` descriptors.
template <std::size_t Most>
struct control_room {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(Most * sizeof(int))> memory{};

  msghdr message(iovec& part, std::size_t size) noexcept {
    msghdr made{};
    made.msg_iov = &part;
    made.msg_iovlen = 1;
    made.msg_control = memory.data();
    made.msg_controllen = static_cast<decltype(made.msg_controllen)>(size);
    return made;
  }
};

inline result<> send_handles(const char* operation, int fd, std::span<const int> handles,
                             const deadline& until) {
  if (handles.empty() || handles.size() > most_passed) {
    return fail(condition::invalid_argument, operation, {}, "from 1 to 64 handles at once");
  }
  const passed_header header{.count = static_cast<std::uint32_t>(handles.size())};
  const auto bytes = std::as_bytes(std::span{&header, 1});
  auto part = as_part(bytes);
  control_room<most_passed> control;
  auto message = control.message(part, CMSG_SPACE(handles.size_bytes()));
  auto* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = static_cast<decltype(rights->cmsg_len)>(CMSG_LEN(handles.size_bytes()));
  std::memcpy(CMSG_DATA(rights), handles.data(), handles.size_bytes());

  STRAIT_TRY(auto sent, transfer(operation, fd, POLLOUT, until, [&] {
    return ::sendmsg(fd, &message, send_quiet | no_wait(until));
  }));
  // So few bytes go at once or not at all. If a system sees that otherwise: the descriptors went
  // with the first byte, and what follows must not be lost.
  while (sent < bytes.size()) {
    const auto rest = bytes.subspan(sent);
    STRAIT_TRY(const auto more, send(operation, fd, const_bytes_list{&rest, 1}, until));
    sent += more;
  }
  return {};
}

// musl's macro compares a size with a difference.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
inline cmsghdr* part_after(cmsghdr* part, msghdr& message) noexcept {
  return part == nullptr ? CMSG_FIRSTHDR(&message) : CMSG_NXTHDR(&message, part);
}
#pragma GCC diagnostic pop

/// The descriptors that came, closed again unless somebody takes them.
class arrivals {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  /// Whether some could not be received, because this process may not open so many.
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }

  void take_from(msghdr& message) {
    is_cut_ = is_cut_ || (message.msg_flags & MSG_CTRUNC) != 0;
    cmsghdr* part = nullptr;
    while ((part = part_after(part, message)) != nullptr) {
      if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) add(*part);
    }
  }

  void move_to(std::span<handle> into) noexcept {
    std::ranges::move(std::span{handles_}.first(count_), into.begin());
  }

 private:
  void add(cmsghdr& rights) {
    const auto count = (rights.cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(&rights) + (i * sizeof fd), sizeof fd);
      auto arrived = handle::adopt(fd);
      if (receive_cloexec == 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      ++count_;
      if (count_ <= handles_.size()) handles_[count_ - 1] = std::move(arrived);
    }
  }

  std::array<handle, most_passed> handles_;
  std::size_t count_ = 0;
  bool is_cut_ = false;
};

/// Reads the header, and what comes with it.
inline result<> receive_arrivals(const char* operation, int fd, passed_header& header,
                                 arrivals& come, const deadline& until) {
  constexpr std::size_t most_a_system_sends = 512;
  const auto bytes = std::as_writable_bytes(std::span{&header, 1});
  for (std::size_t done = 0; done < bytes.size();) {
    auto part = as_part(bytes.subspan(done));
    control_room<most_a_system_sends> control;
    msghdr message{};
    const auto got = transfer(operation, fd, POLLIN, until, [&] {
      message = control.message(part, control.memory.size());
      return ::recvmsg(fd, &message, receive_cloexec | no_wait(until));
    });
    if (got) come.take_from(message);
    const bool is_over = !got || *got == 0;
    // What began as a header and is not whole cannot be given back to the stream.
    if (is_over && done > 0) return fail(condition::corrupted, operation);
    if (!got) return fail(got.error());
    if (is_over) return fail(condition::broken_pipe, operation);
    done += *got;
  }
  return {};
}

inline result<std::size_t> receive_handles(const char* operation, int fd, std::span<handle> into,
                                           const deadline& until) {
  arrivals come;
  passed_header header{.magic = 0};
  STRAIT_CHECK(receive_arrivals(operation, fd, header, come, until));
  if (header.magic != passed_header::right_magic || header.count > most_passed) {
    return fail(condition::corrupted, operation, {}, "this is no place where handles were sent");
  }
  if (come.is_cut() && come.size() < header.count) return fail(make_error(operation, EMFILE));
  if (come.size() != header.count || header.count == 0) {
    return fail(condition::corrupted, operation, {}, "not as many handles as the peer says");
  }
  if (header.count > into.size()) return fail(condition::message_size, operation);
  come.move_to(into);
  return header.count;
}

}  // namespace strait::posix
