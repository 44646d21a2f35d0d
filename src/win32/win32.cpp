// SPDX-License-Identifier: MIT
#include "win32.hpp"

#include <sddl.h>

#include <array>

namespace strait::win32 {
namespace {

/// This user's SID as text, "S-1-5-21-...".
result<std::wstring> user_sid(const char* operation) {
  HANDLE raw = nullptr;
  STRAIT_CHECK(check(operation, ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &raw)));
  const auto token = handle::adopt(raw);
  alignas(TOKEN_USER) std::array<std::byte, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> user;
  DWORD size = 0;
  STRAIT_CHECK(check(operation, ::GetTokenInformation(token.get(), TokenUser, user.data(),
                                                      static_cast<DWORD>(user.size()), &size)));
  wchar_t* text = nullptr;
  const auto* const facts = reinterpret_cast<const TOKEN_USER*>(user.data());
  STRAIT_CHECK(check(operation, ::ConvertSidToStringSidW(facts->User.Sid, &text)));
  std::wstring sid{text};
  ::LocalFree(text);
  return sid;
}

}  // namespace

result<owner_only> owner_only::make() {
  constexpr auto operation = "make access rights";
  STRAIT_TRY(const auto sid, user_sid(operation));
  // P: nothing is inherited from above. GA: all rights. Not "owner rights": the owner of what an
  // administrator makes is the group of administrators.
  const auto text = L"D:P(A;;GA;;;" + sid + L")";
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  STRAIT_CHECK(check(operation, ::ConvertStringSecurityDescriptorToSecurityDescriptorW(
                                    text.c_str(), SDDL_REVISION_1, &descriptor, nullptr)));
  return owner_only{descriptor};
}

result<handle> duplicate(const char* operation, HANDLE h, bool inheritable) noexcept {
  HANDLE copy = nullptr;
  STRAIT_CHECK(
      check(operation, ::DuplicateHandle(::GetCurrentProcess(), h, ::GetCurrentProcess(), &copy, 0,
                                         inheritable ? TRUE : FALSE, DUPLICATE_SAME_ACCESS)));
  return handle::adopt(copy);
}

result<> wait_for(const char* operation, HANDLE object, const deadline& until) {
  std::array<HANDLE, 2> objects{object, nullptr};
  DWORD count = 1;
  handle stopped;
  if (can_ring(until)) {
    STRAIT_TRY(stopped, make_event(operation));
    objects[count++] = stopped.get();
  }
  const auto ring = [&stopped]() noexcept { ::SetEvent(stopped.get()); };
  const stop_alarm<decltype(ring)> alarm{until.stop(), ring};
  for (;;) {
    const auto woken = ::WaitForMultipleObjects(count, objects.data(), FALSE, wait_time(until));
    if (woken == WAIT_OBJECT_0) return {};
    if (woken == WAIT_FAILED) return fail(last_error(operation));
    if (until.stop_requested()) return fail(condition::operation_canceled, operation);
    if (until.has_passed()) return fail(condition::timed_out, operation);
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
