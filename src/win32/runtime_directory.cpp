// SPDX-License-Identifier: MIT
#include "../runtime_directory.hpp"

#include <fmt/format.h>
#include <fmt/xchar.h>

#include "../naming.hpp"
#include "pipe_name.hpp"
#include "win32.hpp"

namespace strait {
namespace win32 {

result<std::wstring> user_part(scope where) {
  constexpr auto operation = "find out the session";
  if (where == scope::machine) return std::wstring{L"machine"};
  DWORD session = 0;
  STRAIT_CHECK(check(operation, ::ProcessIdToSessionId(::GetCurrentProcessId(), &session)));
  STRAIT_TRY(const auto sid, user_sid(operation));
  return fmt::format(L"{}.{}", session, sid);
}

result<std::wstring> pipe_name(const name& n, std::string_view kind) {
  constexpr std::wstring_view pipes = LR"(\\.\pipe\)";
  STRAIT_CHECK(n.check());
  if (n.is_native()) {
    STRAIT_TRY(auto text, widen(n.text()));
    return text.starts_with(LR"(\\)") ? text : std::wstring{pipes} + text;
  }
  STRAIT_TRY(const auto user, user_part(n.where()));
  return widen(detail::pipe_path(narrow(user), n.text(), kind));
}

namespace {

constexpr auto operation = "use runtime directory";

result<std::wstring> chosen_by(const wchar_t* variable, const wchar_t* above) {
  auto path = environment_value(variable);
  if (path.empty()) path = environment_value(above) + LR"(\strait)";
  const bool is_absolute = path.size() > 2 && (path[1] == L':' || path.starts_with(LR"(\\)"));
  if (!is_absolute) {
    return fail(condition::invalid_argument, operation, narrow(path),
                "the environment names a directory by a path that is not absolute");
  }
  return path;
}

/// Makes the directory unless it is there.
result<> make_directory(const std::wstring& path, scope where) {
  STRAIT_TRY(const auto allowed,
             rights::make(where == scope::user ? access::owner : access::everyone));
  auto attributes = allowed.attributes();
  if (::CreateDirectoryW(path.c_str(), &attributes)) return {};
  const auto why = last_error(operation, narrow(path));
  if (why.native != ERROR_ALREADY_EXISTS) return fail(why);
  return {};
}

result<> check_directory(const std::wstring& path) {
  const auto facts = ::GetFileAttributesW(path.c_str());
  if (facts == INVALID_FILE_ATTRIBUTES) return fail(last_error(operation, narrow(path)));
  const auto kind = facts & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT);
  if (kind == FILE_ATTRIBUTE_DIRECTORY) return {};
  return fail(condition::not_a_directory, operation, narrow(path),
              "a directory itself is needed, no link to one");
}

}  // namespace
}  // namespace win32

result<std::string> detail::runtime_directory(scope where) {
  const bool is_own = where == scope::user;
  STRAIT_TRY(const auto path,
             win32::chosen_by(is_own ? L"STRAIT_RUNTIME_DIR" : L"STRAIT_MACHINE_DIR",
                              is_own ? L"LOCALAPPDATA" : L"ProgramData"));
  STRAIT_CHECK(win32::make_directory(path, where));
  STRAIT_CHECK(win32::check_directory(path));
  return win32::narrow(path);
}

result<std::string> detail::name_prefix(scope where) {
  STRAIT_TRY(const auto user, win32::user_part(where));
  return win32::narrow(user) + ".";
}

}  // namespace strait
