// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <strait/pipe.hpp>

#include "win32.hpp"

namespace strait::win32 {

/// How an end can be used: with deadlines, by strait, or by a program that knows nothing of them.
enum class end_kind { overlapped, plain };

/// Both ends of a pipe, each of its kind.
result<plain_pipe> make_pipe(const pipe_options& wish, end_kind reader, end_kind writer);

/// What a pipe gets if so much is wished for.
DWORD capacity_for(std::size_t wish) noexcept;

/// A name for a pipe that nobody guesses: "\\.\pipe\KIND.PROCESS.RANDOM".
result<std::wstring> random_name(const char* asking, const wchar_t* kind);

/// Whether a read or write on `h` waits inside the call and cannot be ended.
result<bool> is_synchronous(const char* operation, HANDLE h);

/// What a handle to a file or pipe may be used for.
result<ACCESS_MASK> access_of(const char* operation, HANDLE h);

/// What the system says of a pipe.
struct pipe_facts {
  DWORD flags = 0;
  DWORD out = 0;
  DWORD in = 0;

  [[nodiscard]] bool has_messages() const noexcept { return (flags & PIPE_TYPE_MESSAGE) != 0; }
  [[nodiscard]] bool is_server() const noexcept { return (flags & PIPE_SERVER_END) != 0; }
};

result<pipe_facts> ask_pipe(const char* operation, HANDLE h);

/// Whether the other end is still open.
result<bool> is_connected(const char* operation, HANDLE h);

/// Sees that `h` is an end of a pipe, open for all of `needed`, and no synchronous one.
///
/// Fails with invalid_argument, not_supported if it is synchronous, bad_file_descriptor.
result<> check_end(const char* operation, HANDLE h, ULONG needed);

/// What a writer sees of its pipe.
struct pipe_room {
  /// What neither data nor a reader that waits has taken: so much goes in at once.
  DWORD free = 0;
  DWORD capacity = 0;

  [[nodiscard]] bool is_enough() const noexcept {
    return free >= std::min<std::size_t>(pipe::atomic_size, capacity);
  }
};

/// Fails with broken_pipe if nobody can read any more.
result<pipe_room> room_in(const char* operation, HANDLE writer);

}  // namespace strait::win32
