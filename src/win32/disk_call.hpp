// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "win32.hpp"

namespace strait::win32 {

/// Makes a call on a file that ends by itself, as disks do, and waits for its end: the file may
/// have been opened for overlapped calls or not. `begin` returns as ReadFile.
template <class Begin>
result<DWORD> disk_call(const char* operation, HANDLE file, std::uint64_t offset, Begin begin) {
  OVERLAPPED io{};
  // NOLINTBEGIN(cppcoreguidelines-pro-type-union-access): the SDK's type
  io.Offset = static_cast<DWORD>(offset);
  io.OffsetHigh = static_cast<DWORD>(offset >> 32U);
  // NOLINTEND(cppcoreguidelines-pro-type-union-access)
  STRAIT_TRY(io.hEvent, call_event(operation));
  const bool is_done = begin(&io) != FALSE;
  if (!is_done && ::GetLastError() != ERROR_IO_PENDING) return fail(last_error(operation));
  return outcome(operation, file, io, is_done ? FALSE : TRUE);
}

}  // namespace strait::win32
