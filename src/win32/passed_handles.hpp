// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "winsock.hpp"

// Handles on their way through a local stream: a message of numbers, good in the process that gets
// it.
namespace strait::win32 {

inline constexpr auto sending_handles = "send handles";
inline constexpr auto receiving_handles = "receive handles";
inline constexpr std::size_t most_passed = 64;

/// The message: this, `count` numbers of 64 bits, and `sockets` descriptions of sockets. The number
/// of what is a socket is 0.
struct frame_head {
  std::uint64_t magic = 0;
  std::uint32_t count = 0;
  std::uint32_t sockets = 0;
};
static_assert(sizeof(frame_head) == 16);

inline constexpr std::uint64_t frame_magic = 0x31'7364'6e61'6873;  // "shands1"
inline constexpr std::size_t most_frame_bytes =
    sizeof(frame_head) + (most_passed * (sizeof(std::uint64_t) + sizeof(WSAPROTOCOL_INFOW)));

constexpr std::size_t frame_size(std::size_t count, std::size_t sockets) noexcept {
  return sizeof(frame_head) + (count * sizeof(std::uint64_t)) +
         (sockets * sizeof(WSAPROTOCOL_INFOW));
}

inline SOCKET as_socket(native_handle h) noexcept {
  return reinterpret_cast<SOCKET>(h);
}

inline HANDLE as_handle(std::uint64_t number) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number is what a handle is
  return reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(number));
}

/// Whether it is a socket: only Winsock knows, and where nobody has started it there is none.
inline bool is_socket(native_handle h) noexcept {
  if (::GetFileType(h) != FILE_TYPE_PIPE) return false;
  int type = 0;
  int size = sizeof type;
  return ::getsockopt(as_socket(h), SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) ==
         0;
}

/// Handles that are in the peer's process already, and not yet its own: taken back unless kept.
class pushed_handles {
 public:
  explicit pushed_handles(handle process) noexcept : process_{std::move(process)} {}
  pushed_handles(const pushed_handles&) = delete;
  pushed_handles& operator=(const pushed_handles&) = delete;
  ~pushed_handles() {
    for (std::size_t i = 0; i < count_; ++i) {
      ::DuplicateHandle(process_.get(), there_[i], nullptr, nullptr, 0, FALSE,
                        DUPLICATE_CLOSE_SOURCE);
    }
  }

  result<std::uint64_t> push(native_handle h);
  result<WSAPROTOCOL_INFOW> push_socket(native_handle h);
  void keep() noexcept { count_ = 0; }

 private:
  handle process_;
  std::array<HANDLE, most_passed> there_{};
  std::size_t count_ = 0;
};

inline result<std::uint64_t> pushed_handles::push(native_handle h) {
  HANDLE there = nullptr;
  if (::DuplicateHandle(::GetCurrentProcess(), h, process_.get(), &there, 0, FALSE,
                        DUPLICATE_SAME_ACCESS)) {
    there_[count_++] = there;
    return reinterpret_cast<std::uintptr_t>(there);
  }
  const auto why = last_error(sending_handles);
  const bool is_gone = ::WaitForSingleObject(process_.get(), 0) == WAIT_OBJECT_0;
  if (is_gone) return fail(condition::broken_pipe, sending_handles);
  return fail(why);
}

/// What the peer needs to open the socket, once. If it never does, this stays in its process: how
/// to take it back is the secret of Winsock.
inline result<WSAPROTOCOL_INFOW> pushed_handles::push_socket(native_handle h) {
  WSAPROTOCOL_INFOW info{};
  if (::WSADuplicateSocketW(as_socket(h), ::GetProcessId(process_.get()), &info) != 0) {
    return fail(last_socket_error(sending_handles));
  }
  return info;
}

template <class T>
void append(std::vector<std::byte>& to, const T& value) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(&value);
  to.insert(to.end(), bytes, bytes + sizeof value);
}

inline result<std::vector<std::byte>> make_frame(std::span<const native_handle> handles,
                                                 pushed_handles& to) {
  std::vector<native_handle> sockets;
  std::vector<std::uint64_t> numbers;
  for (auto* const h : handles) {
    const bool is_other = !is_socket(h);
    if (!is_other) sockets.push_back(h);
    STRAIT_TRY(const auto number, is_other ? to.push(h) : 0);
    numbers.push_back(number);
  }
  std::vector<std::byte> frame;
  append(frame, frame_head{.magic = frame_magic,
                           .count = static_cast<std::uint32_t>(numbers.size()),
                           .sockets = static_cast<std::uint32_t>(sockets.size())});
  for (const auto number : numbers) append(frame, number);
  for (auto* const socket : sockets) {
    STRAIT_TRY(const auto info, to.push_socket(socket));
    append(frame, info);
  }
  return frame;
}

/// A message that was received, every part of which is there.
class frame {
 public:
  static result<frame> parse(std::vector<std::byte> message);

  [[nodiscard]] std::size_t count() const noexcept { return head_.count; }
  [[nodiscard]] std::uint64_t number(std::size_t i) const noexcept {
    return part<std::uint64_t>(sizeof(frame_head) + (i * sizeof(std::uint64_t)));
  }
  [[nodiscard]] WSAPROTOCOL_INFOW socket(std::size_t i) const noexcept {
    return part<WSAPROTOCOL_INFOW>(frame_size(head_.count, i));
  }

 private:
  template <class T>
  [[nodiscard]] T part(std::size_t at) const noexcept {
    T value;
    std::memcpy(&value, message_.data() + at, sizeof value);
    return value;
  }
  [[nodiscard]] bool has_good_numbers() const;

  std::vector<std::byte> message_;
  frame_head head_;
};

/// What can be known of numbers that somebody else wrote: each is one of an open handle, none is
/// there twice. Numbers are multiples of 4, and the system takes others for the next smaller one.
inline bool frame::has_good_numbers() const {
  std::vector<std::uint64_t> seen;
  std::size_t sockets = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    const auto n = number(i);
    if (n == 0) {
      ++sockets;
      continue;
    }
    DWORD flags = 0;
    if (n % 4 != 0 || n > MAXLONG || !::GetHandleInformation(as_handle(n), &flags)) return false;
    if (std::ranges::find(seen, n) != seen.end()) return false;
    seen.push_back(n);
  }
  return sockets == head_.sockets;
}

inline result<frame> frame::parse(std::vector<std::byte> message) {
  frame f;
  f.message_ = std::move(message);
  const auto size = f.message_.size();
  if (size >= sizeof(frame_head)) f.head_ = f.part<frame_head>(0);
  const auto [magic, count, sockets] = f.head_;
  const bool is_one = magic == frame_magic && count >= 1 && count <= most_passed &&
                      sockets <= count && size == frame_size(count, sockets);
  // If one number is wrong, none is closed: they may all be those of handles of our own.
  if (is_one && f.has_good_numbers()) return f;
  return fail(condition::corrupted, receiving_handles, {},
              "something else than handles is in the stream");
}

inline result<handle> open_socket(WSAPROTOCOL_INFOW info) {
  STRAIT_CHECK(start_winsock(receiving_handles));
  const SOCKET raw = ::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info,
                                  0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (raw == INVALID_SOCKET) {
    return fail(last_socket_error(receiving_handles));
  }
  return handle::adopt(as_handle(raw));
}

/// What was received, until all is well: closed unless taken.
class received_handles {
 public:
  received_handles() noexcept = default;
  received_handles(const received_handles&) = delete;
  received_handles& operator=(const received_handles&) = delete;
  ~received_handles() {
    for (auto& h : all_) {
      if (is_socket(h.get())) ::closesocket(as_socket(h.release()));
    }
  }

  result<> open(const frame& f);
  void take(std::span<handle> into) noexcept { std::ranges::move(all_, into.begin()); }

 private:
  std::vector<handle> all_;
};

inline result<> received_handles::open(const frame& f) {
  std::vector<std::size_t> sockets;
  for (std::size_t i = 0; i < f.count(); ++i) {
    all_.push_back(handle::adopt(as_handle(f.number(i))));
    if (!all_.back()) sockets.push_back(i);
  }
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    STRAIT_TRY(all_[sockets[i]], open_socket(f.socket(i)));
  }
  return {};
}

}  // namespace strait::win32
