// SPDX-License-Identifier: MIT
#pragma once

#include "win32.hpp"

#include <accctrl.h>

#include <string>
#include <string_view>
#include <utility>

#include <strait/access.hpp>

// Users, and who of them may do what: win32.cpp.
namespace strait::win32 {

/// The system itself as a user.
inline constexpr std::wstring_view system_sid = L"S-1-5-18";

/// Whose token this is: his SID as text, "S-1-5-21-...".
result<std::wstring> token_user_sid(const char* operation, HANDLE token);
/// Whose process this is.
result<std::wstring> user_sid(const char* operation, HANDLE process = ::GetCurrentProcess());
/// Whose object this is: who made it, and may change who has rights.
result<std::wstring> owner_sid(const char* operation, HANDLE h,
                               SE_OBJECT_TYPE kind = SE_KERNEL_OBJECT);

/// Fails with permission_denied unless the object is this user's, or the administrators' or the
/// system's, who can do everything anyway.
result<> check_owner(const char* operation, HANDLE h, std::string_view subject,
                     SE_OBJECT_TYPE kind = SE_KERNEL_OBJECT);

/// What anybody may do with a directory who is none of those.
result<ACCESS_MASK> rights_of_others(const char* operation, HANDLE directory);

/// Full rights for the owner, those that `may` says (in SDDL) for whom else `access` means, and no
/// rights for others.
class rights {
 public:
  static result<rights> make(access who = access::owner, std::wstring_view may = L"GA");

  rights(rights&& other) noexcept : descriptor_{std::exchange(other.descriptor_, nullptr)} {}
  rights& operator=(rights&&) = delete;
  ~rights() { ::LocalFree(descriptor_); }

  [[nodiscard]] SECURITY_ATTRIBUTES attributes() const noexcept {
    return {.nLength = sizeof(SECURITY_ATTRIBUTES),
            .lpSecurityDescriptor = descriptor_,
            .bInheritHandle = FALSE};
  }

 private:
  explicit rights(PSECURITY_DESCRIPTOR descriptor) noexcept : descriptor_{descriptor} {}

  PSECURITY_DESCRIPTOR descriptor_;
};

}  // namespace strait::win32
