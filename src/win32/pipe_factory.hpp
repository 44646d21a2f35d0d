// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <strait/pipe.hpp>

#include "win32.hpp"

namespace strait::win32 {

/// How an end can be used: with deadlines, by strait, or by a program that knows nothing of them.
enum class end_kind { overlapped, plain };

/// Both ends of a pipe, each of its kind.
result<plain_pipe> make_pipe(const pipe_options& wish, end_kind reader, end_kind writer);

/// Whether a read or write on `h` waits inside the call and cannot be ended.
result<bool> is_synchronous(const char* operation, HANDLE h);

/// What a writer sees of its pipe.
struct pipe_room {
  DWORD free =
      0;  ///< What neither data nor a reader that waits has taken. So much goes in at once.
  DWORD capacity = 0;

  [[nodiscard]] bool is_enough() const noexcept {
    return free >= std::min<std::size_t>(pipe::atomic_size, capacity);
  }
};

/// Fails with broken_pipe if nobody can read any more.
result<pipe_room> room_in(const char* operation, HANDLE writer);

}  // namespace strait::win32
