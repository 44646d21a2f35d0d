// SPDX-License-Identifier: MIT
#pragma once

// The only file that includes <windows.h>. CMake defines WIN32_LEAN_AND_MEAN, NOMINMAX and
// _WIN32_WINNT for the whole target.
#include <windows.h>
#include <winsock2.h>

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>

#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>

#include "../stop_alarm.hpp"
#include "../try.hpp"

namespace strait::win32 {

static_assert(std::is_same_v<native_handle, HANDLE>);
static_assert(static_cast<DWORD>(-1) == INFINITE, "milliseconds_to_wait relies on it");

/// The portable meaning of a Windows error code. The one table of the library.
condition condition_of(DWORD code) noexcept;

inline error make_error(const char* operation, DWORD code, std::string_view subject = {}) noexcept {
  return {.condition = condition_of(code),
          .native = static_cast<int>(code),
          .operation = operation,
          .subject = subject};
}

inline error last_error(const char* operation, std::string_view subject = {}) noexcept {
  return make_error(operation, ::GetLastError(), subject);
}

/// Checks the BOOL of a call.
inline result<> check(const char* operation, BOOL ok) noexcept {
  if (!ok) return fail(last_error(operation));
  return {};
}

/// Owns what a call returned. Windows says "no handle" as null or as INVALID_HANDLE_VALUE,
/// depending on the function; here both are errors.
inline result<handle> own(const char* operation, HANDLE raw,
                          std::string_view subject = {}) noexcept {
  if (raw == nullptr || raw == INVALID_HANDLE_VALUE) return fail(last_error(operation, subject));
  return handle::adopt(raw);
}

/// What to wait for so that something ends.
inline result<handle> make_event(const char* operation) noexcept {
  return own(operation, ::CreateEventW(nullptr, TRUE, FALSE, nullptr));
}

/// What the calls of this thread signal. Each of them has ended when it returns, so one is enough.
result<HANDLE> call_event(const char* operation);

/// A duplicate; `inheritable` ones exist only while a process is being started.
result<handle> duplicate(const char* operation, HANDLE h, bool inheritable) noexcept;

inline DWORD wait_time(const deadline& until) noexcept {
  return static_cast<DWORD>(milliseconds_to_wait(until));
}

/// Buffers are counted in DWORDs; a longer one is transferred in parts.
inline DWORD clamp(std::size_t size, DWORD most = MAXLONG) noexcept {
  return size > most ? most : static_cast<DWORD>(size);
}

/// Waits until `object` is signalled.
result<> wait_for(const char* operation, HANDLE object, const deadline& until);

/// For loops around waits that may end for nothing, nobody knows how often.
result<> check_time(const char* operation, const deadline& until);

/// How many objects wait_for_any takes: one place is for the stop.
inline constexpr std::size_t most_objects = MAXIMUM_WAIT_OBJECTS - 1;

/// Waits until one of different `objects` is signalled; false if `at_most` so many milliseconds
/// pass before that.
result<bool> wait_for_any(const char* operation, std::span<const HANDLE> objects,
                          const deadline& until, DWORD at_most = INFINITE);

/// What an overlapped call on `h` has done; `wait` if it may not have ended yet. The beginning of a
/// message that is longer than the memory for it is a success: the rest comes next.
result<DWORD> outcome(const char* operation, HANDLE h, OVERLAPPED& io, BOOL wait) noexcept;

/// Waits for the end of an overlapped call on `h`; at the deadline or a stop, ends it.
result<DWORD> finish(const char* operation, HANDLE h, OVERLAPPED& io, const deadline& until);

/// Text as Windows has it, and back. Fails with illegal_byte_sequence.
result<std::wstring> widen(std::string_view text);
std::string narrow(std::wstring_view text);

/// What this process's environment says; empty if nothing.
std::wstring environment_value(const wchar_t* name);

}  // namespace strait::win32
