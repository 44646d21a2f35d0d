// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/stream.hpp>

// Whole messages through a stream. A frame is the length of its body, 4 bytes with the lowest
// first, and the body. Every system and machine speaks the same.

namespace strait {

/// What stands before the body of a frame, and counts in `error::done`.
inline constexpr std::size_t frame_header_size = 4;
/// No body is longer: that is what a header can say.
inline constexpr std::uint32_t max_frame_size = 0xFFFF'FFFF;

namespace detail {

using frame_header = std::array<std::byte, frame_header_size>;

/// How far memory for a body may run ahead of what has arrived.
inline constexpr std::size_t frame_step = std::size_t{64} * 1024;

constexpr frame_header header_of(std::uint32_t size) noexcept {
  return {static_cast<std::byte>(size), static_cast<std::byte>(size >> 8U),
          static_cast<std::byte>(size >> 16U), static_cast<std::byte>(size >> 24U)};
}

constexpr std::uint32_t size_in(const frame_header& header) noexcept {
  std::uint32_t size = 0;
  for (std::size_t i = header.size(); i-- > 0;) {
    size = (size << 8U) | std::to_integer<std::uint32_t>(header[i]);
  }
  return size;
}

/// The bytes in all pieces together; more than a header can say is message_size.
inline result<std::uint32_t> frame_size(const_bytes_list pieces) noexcept {
  std::uint32_t size = 0;
  for (const auto& piece : pieces) {
    if (piece.size() > max_frame_size - size) {
      return std::unexpected{
          error{.condition = condition::message_size, .operation = "send frame"}};
    }
    size += static_cast<std::uint32_t>(piece.size());
  }
  return size;
}

/// What is still to be written of a header and of the pieces that follow it.
class unsent {
 public:
  unsent(const_bytes header, const_bytes_list pieces) noexcept : first_{header}, rest_{pieces} {}

  /// What comes next, as much of it as every system takes in one call.
  [[nodiscard]] const_bytes_list next() noexcept {
    std::size_t count = 0;
    call_[count++] = first_;
    for (auto piece = rest_.begin(); piece != rest_.end() && count < call_.size(); ++piece) {
      if (!piece->empty()) call_[count++] = *piece;
    }
    return const_bytes_list{call_}.first(count);
  }

  void drop(std::size_t moved) noexcept {
    for (;;) {
      const auto part = std::min(moved, first_.size());
      first_ = first_.subspan(part);
      moved -= part;
      if (!first_.empty() || rest_.empty()) return;
      first_ = rest_.front();
      rest_ = rest_.subspan(1);
    }
  }

 private:
  const_bytes first_;
  const_bytes_list rest_;
  std::array<const_bytes, 16> call_;
};

/// The header of the next frame; false if the stream ends before it.
template <readable_stream Stream>
result<bool> receive_header(Stream& from, frame_header& into, const deadline& until) {
  const auto first = from.read(bytes{into}, until);
  if (!first) return std::unexpected{first.error()};
  if (*first == 0) return false;
  const auto rest = bytes{into}.subspan(*first);
  auto read = move_all(rest.size(), until, "receive frame",
                       [&](std::size_t done) { return from.read(rest.subspan(done), until); });
  if (!read) {
    read.error().done += *first;
    return std::unexpected{read.error()};
  }
  return true;
}

/// Memory is taken for what is there, not for what was claimed: see receive_frame.
template <readable_stream Stream>
result<> receive_body(Stream& from, std::vector<std::byte>& into, std::size_t size, std::size_t max,
                      const deadline& until) {
  if (size > std::min(max, into.max_size())) {
    return std::unexpected{
        error{.condition = condition::message_size, .operation = "receive frame"}};
  }
  const auto grow = [&](std::size_t room) {
    into.reserve(std::min(size, room));  // exactly, where resize alone would be generous
    into.resize(std::min(size, room));
  };
  grow(std::max(into.capacity(), frame_step));
  return move_all(size, until, "receive frame", [&](std::size_t done) {
    if (done == into.size()) grow(done + std::min(done, size - done));
    return from.read(bytes{into}.subspan(done), until);
  });
}

}  // namespace detail

/// Sends several pieces as the body of one frame, in one system call if the stream has room.
///
/// Frames of several senders through one pipe stay whole up to pipe::atomic_size, header included,
/// in at most 15 pieces.
/// Fails with message_size if the body is longer than max_frame_size, before anything is written;
/// else as `to.write` does. `error::done` tells how many bytes of the frame had been written by
/// then: unless that is 0, the stream is in the middle of a frame and of no more use.
template <writable_stream Stream>
[[nodiscard]] result<> send_frame(Stream& to, const_bytes_list body, const deadline& until = {}) {
  const auto size = detail::frame_size(body);
  if (!size) return std::unexpected{size.error()};
  const auto header = detail::header_of(*size);
  detail::unsent left{header, body};
  const auto total = std::uint64_t{frame_header_size} + *size;
  return detail::move_all(total, until, "send frame", [&](std::uint64_t) {
    const auto next = left.next();
    result<std::size_t> moved;
    if constexpr (gathering_stream<Stream>) {
      moved = to.write(next, until);
    } else {
      moved = to.write(next.front(), until);
    }
    if (moved) left.drop(*moved);
    return moved;
  });
}
/// The same with a body in one piece.
template <writable_stream Stream>
[[nodiscard]] result<> send_frame(Stream& to, const_bytes body, const deadline& until = {}) {
  return send_frame(to, const_bytes_list{&body, 1}, until);
}

/// Receives the next frame: `into` becomes its body, which may be empty. Its capacity is used
/// again, so a vector that is kept soon allocates no more. False if the stream ended before the
/// frame began.
///
/// A peer that claims much and sends little costs little: `into` grows to 64 KiB, and from there
/// to twice of what has arrived, never beyond the claim.
///
/// Fails with message_size if the peer claims more than `max` bytes, before any memory is taken;
/// with broken_pipe if the stream ends inside the frame; else as `from.read` does. `into` is empty
/// then, and `error::done` tells how many bytes of the frame had been read: unless that is 0, the
/// stream is in the middle of a frame and of no more use.
template <readable_stream Stream>
[[nodiscard]] result<bool> receive_frame(Stream& from, std::vector<std::byte>& into,
                                         std::size_t max, const deadline& until = {}) {
  detail::frame_header header{};
  const auto began = detail::receive_header(from, header, until);
  if (!began || !*began) {
    into.clear();
    return began;
  }
  auto body = detail::receive_body(from, into, detail::size_in(header), max, until);
  if (!body) {
    into.clear();
    body.error().done += frame_header_size;
    return std::unexpected{body.error()};
  }
  return true;
}

}  // namespace strait
