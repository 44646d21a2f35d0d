// SPDX-License-Identifier: MIT
#pragma once

#include <strait/pipe.hpp>

#include "win32.hpp"

namespace strait::win32 {

/// How an end can be used: with deadlines, by strait, or by a program that knows nothing of them.
enum class end_kind { overlapped, plain };

/// Both ends of a pipe, each of its kind.
result<plain_pipe> make_pipe(const pipe_options& wish, end_kind reader, end_kind writer);

/// Whether a read or write on `h` waits inside the call and cannot be ended.
result<bool> is_synchronous(const char* operation, HANDLE h);

}  // namespace strait::win32
