// SPDX-License-Identifier: MIT
#include "win32.hpp"

#include <aclapi.h>
#include <bcrypt.h>
#include <sddl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

#include "random.hpp"
#include "security.hpp"

namespace strait::win32 {
namespace {

/// Room for a fact about a token that is a structure with a SID behind it.
template <class Fact>
struct with_sid {
  alignas(Fact) std::array<std::byte, sizeof(Fact) + SECURITY_MAX_SID_SIZE> bytes;

  [[nodiscard]] const Fact& fact() const noexcept {
    return *reinterpret_cast<const Fact*>(bytes.data());
  }
};

template <class Fact>
result<with_sid<Fact>> ask_token(const char* operation, HANDLE token,
                                 TOKEN_INFORMATION_CLASS what) {
  with_sid<Fact> answer;
  DWORD size = 0;
  STRAIT_CHECK(
      check(operation, ::GetTokenInformation(token, what, answer.bytes.data(),
                                             static_cast<DWORD>(answer.bytes.size()), &size)));
  return answer;
}

result<handle> token_of(const char* operation, HANDLE process) {
  HANDLE raw = nullptr;
  STRAIT_CHECK(check(operation, ::OpenProcessToken(process, TOKEN_QUERY, &raw)));
  return handle::adopt(raw);
}

/// A SID as text.
result<std::wstring> sid_text(const char* operation, PSID sid) {
  wchar_t* raw = nullptr;
  STRAIT_CHECK(check(operation, ::ConvertSidToStringSidW(sid, &raw)));
  std::wstring text{raw};
  ::LocalFree(raw);
  return text;
}

/// Beside the owner: whom `who` means, as an entry of an access list.
result<std::wstring> entry_for_others(const char* operation, access who, std::wstring_view may) {
  if (who == access::owner) return std::wstring{};
  const auto entry = L"(A;;" + std::wstring{may} + L";;;";
  if (who == access::everyone) return entry + L"WD)";
  STRAIT_TRY(const auto token, token_of(operation, ::GetCurrentProcess()));
  STRAIT_TRY(const auto group,
             ask_token<TOKEN_PRIMARY_GROUP>(operation, token.get(), TokenPrimaryGroup));
  STRAIT_TRY(const auto sid, sid_text(operation, group.fact().PrimaryGroup));
  return entry + sid + L")";
}

/// What the system says of an object.
struct protection {
  std::unique_ptr<void, decltype(&::LocalFree)> memory{nullptr, ::LocalFree};
  PSID owner = nullptr;
  PACL list = nullptr;
};

result<protection> protection_of(const char* operation, HANDLE h, SE_OBJECT_TYPE kind,
                                 std::string_view subject = {}) {
  protection found;
  PSECURITY_DESCRIPTOR raw = nullptr;
  const auto code = ::GetSecurityInfo(h, kind,
                                      OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                      &found.owner, nullptr, &found.list, nullptr, &raw);
  if (code != ERROR_SUCCESS) return fail(make_error(operation, code, subject));
  found.memory.reset(raw);
  return found;
}

/// This user, or somebody who can do everything anyway.
result<bool> is_trusted(const char* operation, PSID sid) {
  if (::IsWellKnownSid(sid, WinBuiltinAdministratorsSid) ||
      ::IsWellKnownSid(sid, WinLocalSystemSid) || ::IsWellKnownSid(sid, WinCreatorOwnerRightsSid)) {
    return true;
  }
  STRAIT_TRY(const auto text, sid_text(operation, sid));
  STRAIT_TRY(const auto us, user_sid(operation));
  return text == us;
}

}  // namespace

result<std::wstring> token_user_sid(const char* operation, HANDLE token) {
  STRAIT_TRY(const auto user, ask_token<TOKEN_USER>(operation, token, TokenUser));
  return sid_text(operation, user.fact().User.Sid);
}

result<std::wstring> user_sid(const char* operation, HANDLE process) {
  STRAIT_TRY(const auto token, token_of(operation, process));
  return token_user_sid(operation, token.get());
}

result<std::wstring> owner_sid(const char* operation, HANDLE h, SE_OBJECT_TYPE kind) {
  STRAIT_TRY(const auto found, protection_of(operation, h, kind));
  return sid_text(operation, found.owner);
}

result<> check_owner(const char* operation, HANDLE h, std::string_view subject,
                     SE_OBJECT_TYPE kind) {
  STRAIT_TRY(const auto found, protection_of(operation, h, kind, subject));
  STRAIT_TRY(const bool is_ours, is_trusted(operation, found.owner));
  if (is_ours) return {};
  return fail(condition::permission_denied, operation, subject, "it belongs to another user");
}

result<ACCESS_MASK> rights_of_others(const char* operation, HANDLE directory) {
  STRAIT_TRY(const auto found, protection_of(operation, directory, SE_FILE_OBJECT));
  if (found.list == nullptr) return GENERIC_ALL;  // there is no list: everybody may do everything
  ACCESS_MASK rights = 0;
  for (DWORD i = 0; i < found.list->AceCount; ++i) {
    void* raw = nullptr;
    STRAIT_CHECK(check(operation, ::GetAce(found.list, i, &raw)));
    auto& entry = *static_cast<ACCESS_ALLOWED_ACE*>(raw);
    const bool is_for_children = (entry.Header.AceFlags & INHERIT_ONLY_ACE) != 0;
    if (is_for_children || entry.Header.AceType == ACCESS_DENIED_ACE_TYPE) continue;
    STRAIT_TRY(const bool is_ours, is_trusted(operation, &entry.SidStart));
    if (!is_ours) rights |= entry.Mask;
  }
  return rights;
}

result<rights> rights::make(access who, std::wstring_view may) {
  constexpr auto operation = "make access rights";
  STRAIT_TRY(const auto sid, user_sid(operation));
  STRAIT_TRY(const auto others, entry_for_others(operation, who, may));
  // P: nothing is inherited from above. GA: all rights. Owner and rights are the user's by name:
  // else the owner of what an administrator makes is the group of administrators.
  const auto text = L"O:" + sid + L"D:P(A;;GA;;;" + sid + L")" + others;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  STRAIT_CHECK(check(operation, ::ConvertStringSecurityDescriptorToSecurityDescriptorW(
                                    text.c_str(), SDDL_REVISION_1, &descriptor, nullptr)));
  return rights{descriptor};
}

result<std::uint64_t> random_bits(const char* operation) {
  std::uint64_t bits = 0;
  const auto status = ::BCryptGenRandom(nullptr, reinterpret_cast<PUCHAR>(&bits), sizeof bits,
                                        BCRYPT_USE_SYSTEM_PREFERRED_RNG);
  if (status != 0) return fail(condition::io_error, operation);
  return bits;
}

namespace {

/// A place that each thread has for itself. MinGW takes the memory of thread_local objects away
/// before their destructors run; the system's own place is left in order.
class event_of_thread {
 public:
  event_of_thread() noexcept : slot_{::FlsAlloc(close)} {}
  event_of_thread(const event_of_thread&) = delete;
  event_of_thread& operator=(const event_of_thread&) = delete;
  ~event_of_thread() {
    if (slot_ != FLS_OUT_OF_INDEXES) ::FlsFree(slot_);
  }

  [[nodiscard]] result<HANDLE> get(const char* operation) const noexcept {
    if (auto* const event = ::FlsGetValue(slot_); event != nullptr) return event;
    STRAIT_TRY(auto event, make_event(operation));
    STRAIT_CHECK(check(operation, ::FlsSetValue(slot_, event.get())));
    return event.release();
  }

 private:
  static void CALLBACK close(void* event) noexcept {
    if (event != nullptr) ::CloseHandle(event);
  }

  DWORD slot_;
};

}  // namespace

result<HANDLE> call_event(const char* operation) {
  static const event_of_thread event;
  return event.get(operation);
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
    STRAIT_CHECK(check_time(operation, until));
    if (at_most != INFINITE) return false;
  }
}

result<> check_time(const char* operation, const deadline& until) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  if (until.has_passed()) return fail(condition::timed_out, operation);
  return {};
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
