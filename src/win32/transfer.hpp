// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstring>

#include <strait/bytes.hpp>

#include "pipe_factory.hpp"
#include "win32.hpp"

// How bytes go through pipes, those with one direction and those with two.
namespace strait::win32 {

/// Begins a call and waits for its end if it does not end at once. `begin` returns as ReadFile.
template <class Begin>
result<std::size_t> transfer(const char* operation, HANDLE h, HANDLE done, const deadline& until,
                             Begin begin) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  OVERLAPPED io{};
  io.hEvent = done;
  if (!begin(&io)) {
    const auto code = ::GetLastError();
    if (code == ERROR_IO_PENDING) return finish(operation, h, io, until);
    if (code != ERROR_MORE_DATA) return fail(make_error(operation, code));
  }
  return outcome(operation, h, io, FALSE);  // it is in `io` already: this asks no system
}

/// Writes some of `from`, at most `limit` bytes: what the pipe takes as a whole. So a write that
/// may end early is complete or untouched: see docs/decisions/004. Nothing ends one without a
/// deadline, so it may take `most`.
inline result<std::size_t> write_some(const char* operation, HANDLE h, HANDLE done,
                                      const_bytes from, DWORD limit, DWORD most,
                                      const deadline& until) {
  auto size = clamp(from.size(), until.is_never() ? most : limit);
  const auto begin = [&](OVERLAPPED* io) { return ::WriteFile(h, from.data(), size, nullptr, io); };
  auto written = transfer(operation, h, done, until, begin);
  if (written || written.error() != condition::timed_out || size <= pipe::atomic_size) {
    return written;
  }
  // As a whole it did not fit in time, but some of it may.
  const auto room = room_in(operation, h);
  if (!room || room->free == 0) return written;
  size = std::min(size, room->free);
  return transfer(operation, h, done, std::chrono::seconds{0}, begin);
}

/// Windows gathers only whole pages. Small pieces become one here, so that a header and its body
/// go in one call and stay together; a large piece goes by itself. `write` takes one piece.
template <class Write>
result<std::size_t> gather(const_bytes_list from, Write write) {
  std::array<std::byte, 4096> together;
  std::size_t size = 0;
  for (const auto& piece : from) {
    if (size == 0 && piece.size() >= together.size()) return write(piece);
    const auto fitting = std::min(piece.size(), together.size() - size);
    if (fitting != 0) std::memcpy(together.data() + size, piece.data(), fitting);
    size += fitting;
    if (fitting < piece.size()) break;
  }
  return write(const_bytes{together}.first(size));
}

/// The first piece that is not empty: Windows scatters only over whole pages. Empty if none is.
inline bytes first_of(bytes_list into) noexcept {
  const auto first = std::ranges::find_if(into, [](const bytes& piece) { return !piece.empty(); });
  return first == into.end() ? bytes{} : *first;
}

}  // namespace strait::win32
