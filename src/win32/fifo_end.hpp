// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <strait/bytes.hpp>

#include "win32.hpp"

namespace strait::win32 {

/// The reading end of one instance of a named pipe of messages: it waits for a writer, then for
/// what that one writes.
///
/// What it waits for sets an event that it may share with others. The kernel knows its address
/// while a call is in flight, so it never moves.
class fifo_instance {
 public:
  enum class stage : std::uint8_t {
    listening,  ///< No writer has come.
    idle,       ///< There is a writer, and nobody looks for messages.
    quiet,      ///< There is none now, or the last one has no bytes.
    readable,   ///< A message is there.
    gone        ///< The writer has gone, and all it wrote was read.
  };

  fifo_instance(handle pipe, HANDLE changed) noexcept : pipe_{std::move(pipe)}, changed_{changed} {}
  fifo_instance(const fifo_instance&) = delete;
  fifo_instance& operator=(const fifo_instance&) = delete;
  ~fifo_instance();

  [[nodiscard]] stage now() const noexcept { return now_; }

  /// Begins to wait for a writer; if there was one, for the next.
  result<> listen();

  /// Looks what has happened, and tells whether something has: then the event may have been reset.
  result<bool> update();

  struct piece {
    std::size_t size = 0;
    bool is_last = true;  ///< Of its message.
  };
  /// Reads from the message that is there, or finds that none is there any more. `done` is an event
  /// for this call alone.
  result<piece> read(bytes into, HANDLE done);

 private:
  void look();
  [[nodiscard]] DWORD outcome() noexcept;

  handle pipe_;
  HANDLE changed_;
  OVERLAPPED io_{};
  bool in_flight_ = false;
  stage now_ = stage::listening;
};

}  // namespace strait::win32
