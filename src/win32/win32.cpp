// SPDX-License-Identifier: MIT
#include "win32.hpp"

#include <bcrypt.h>

#include <algorithm>
#include <array>

#include "random.hpp"

namespace strait::win32 {
result<std::uint64_t> random_bits(const char* operation) {
  std::uint64_t bits = 0;
  const auto status = ::BCryptGenRandom(nullptr, reinterpret_cast<PUCHAR>(&bits), sizeof bits,
                                        BCRYPT_USE_SYSTEM_PREFERRED_RNG);
  if (status != 0) return fail(condition::io_error, operation);
  return bits;
}

result<handle> duplicate(const char* operation, HANDLE h, bool inheritable) noexcept {
  HANDLE copy = nullptr;
  STRAIT_CHECK(
      check(operation, ::DuplicateHandle(::GetCurrentProcess(), h, ::GetCurrentProcess(), &copy, 0,
                                         inheritable ? TRUE : FALSE, DUPLICATE_SAME_ACCESS)));
  return handle::adopt(copy);
}

result<> wait_for(const char* operation, HANDLE object, const deadline& until) {
  STRAIT_CHECK(wait_for_any(operation, {&object, 1}, until));
  return {};
}

result<bool> wait_for_any(const char* operation, std::span<const HANDLE> objects,
                          const deadline& until, DWORD at_most) {
  std::array<HANDLE, MAXIMUM_WAIT_OBJECTS> all{};
  std::ranges::copy(objects, all.begin());
  auto count = static_cast<DWORD>(objects.size());
  handle stopped;
  if (can_ring(until)) {
    STRAIT_TRY(stopped, make_event(operation));
    all[count++] = stopped.get();
  }
  const auto ring = [&stopped]() noexcept { ::SetEvent(stopped.get()); };
  const stop_alarm<decltype(ring)> alarm{until.stop(), ring};
  for (;;) {
    const auto woken = ::WaitForMultipleObjects(count, all.data(), FALSE,
                                                std::min(wait_time(until), at_most));
    if (woken < WAIT_OBJECT_0 + objects.size()) return true;
    if (woken == WAIT_FAILED) return fail(last_error(operation));
    if (until.stop_requested()) return fail(condition::operation_canceled, operation);
    if (until.has_passed()) return fail(condition::timed_out, operation);
    if (at_most != INFINITE) return false;
  }
}

result<DWORD> outcome(const char* operation, HANDLE h, OVERLAPPED& io, BOOL wait) noexcept {
  DWORD moved = 0;
  if (::GetOverlappedResult(h, &io, &moved, wait)) return moved;
  const auto why = last_error(operation);
  if (why.native == ERROR_MORE_DATA) return moved;
  return fail(why);
}

result<DWORD> finish(const char* operation, HANDLE h, OVERLAPPED& io, const deadline& until) {
  const auto waited = wait_for(operation, io.hEvent, until);
  if (!waited) ::CancelIoEx(h, &io);

  // Waits on even when cancelled: the kernel may write to `io` until it says so. And the call may
  // have been faster than its end, in which case it counts.
  const auto done = outcome(operation, h, io, TRUE);
  if (!done && !waited && done.error().native == ERROR_OPERATION_ABORTED) {
    return fail(waited.error());
  }
  return done;
}

result<std::wstring> widen(std::string_view text) {
  if (text.empty()) return std::wstring{};
  const auto size = static_cast<int>(text.size());
  const auto units = ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), size,
                                           nullptr, 0);
  if (units == 0) return fail(last_error("read text as UTF-8", text));
  std::wstring wide(static_cast<std::size_t>(units), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, wide.data(), units);
  return wide;
}

std::string narrow(std::wstring_view text) {
  if (text.empty()) return {};
  const auto units = static_cast<int>(text.size());
  const auto size = ::WideCharToMultiByte(CP_UTF8, 0, text.data(), units, nullptr, 0, nullptr,
                                          nullptr);
  std::string narrow(static_cast<std::size_t>(size), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text.data(), units, narrow.data(), size, nullptr, nullptr);
  return narrow;
}

std::wstring environment_value(const wchar_t* name) {
  std::wstring value(256, L'\0');
  for (;;) {
    const auto size = ::GetEnvironmentVariableW(name, value.data(), clamp(value.size()));
    const bool fits = size < value.size();
    value.resize(size);
    if (fits) return value;
  }
}

}  // namespace strait::win32
