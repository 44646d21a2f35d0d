// SPDX-License-Identifier: MIT
#include "pipe_owner.hpp"

#include <aclapi.h>
#include <sddl.h>

#include <memory>

namespace strait::win32 {

result<> check_pipe_owner(const char* operation, HANDLE pipe, std::string_view subject) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR raw = nullptr;
  const auto code = ::GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                                      nullptr, nullptr, nullptr, &raw);
  if (code != ERROR_SUCCESS) return fail(make_error(operation, code, subject));
  const std::unique_ptr<void, decltype(&::LocalFree)> memory{raw, ::LocalFree};
  // What an administrator makes may belong to the group.
  if (::IsWellKnownSid(owner, WinBuiltinAdministratorsSid) ||
      ::IsWellKnownSid(owner, WinLocalSystemSid)) {
    return {};
  }
  STRAIT_TRY(const auto us, user_sid(operation));
  PSID self = nullptr;
  STRAIT_CHECK(check(operation, ::ConvertStringSidToSidW(us.c_str(), &self)));
  const bool is_ours = ::EqualSid(owner, self) != FALSE;
  ::LocalFree(self);
  if (is_ours) return {};
  return fail(condition::permission_denied, operation, subject, "the pipe is another user's");
}

}  // namespace strait::win32
