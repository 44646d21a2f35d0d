// SPDX-License-Identifier: MIT
#include "../runtime_directory.hpp"

#include <fmt/format.h>
#include <fmt/xchar.h>

#include "../naming.hpp"
#include "pipe_name.hpp"
#include "security.hpp"

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

/// What is asked of a directory that is there.
struct demand {
  ACCESS_MASK denied_to_others;
  bool owned_by_us;
};

/// Makes the directory unless it is there.
result<> make_directory(const std::wstring& path, scope where) {
  // Others may look, go through and add files; what is there is not theirs to delete.
  constexpr auto may_add_files = L"0x1200ab";
  static_assert((FILE_GENERIC_READ | FILE_TRAVERSE | FILE_ADD_FILE) == 0x1200ab);
  STRAIT_TRY(const auto allowed,
             rights::make(where == scope::user ? access::owner : access::everyone, may_add_files));
  auto attributes = allowed.attributes();
  if (::CreateDirectoryW(path.c_str(), &attributes)) return {};
  const auto why = last_error(operation, narrow(path));
  if (why.native != ERROR_ALREADY_EXISTS) return fail(why);
  return {};
}

/// Opens the directory itself, whatever happens to its name from now on.
result<handle> open_directory(const std::wstring& path) {
  constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  constexpr DWORD itself = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
  STRAIT_TRY(auto opened, own(operation,
                              ::CreateFileW(path.c_str(), READ_CONTROL | FILE_READ_ATTRIBUTES,
                                            shared, nullptr, OPEN_EXISTING, itself, nullptr),
                              narrow(path)));
  FILE_BASIC_INFO facts{};
  STRAIT_CHECK(check(operation, ::GetFileInformationByHandleEx(opened.get(), FileBasicInfo, &facts,
                                                               sizeof facts)));
  const auto kind = facts.FileAttributes &
                    (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT);
  if (kind == FILE_ATTRIBUTE_DIRECTORY) return opened;
  return fail(condition::not_a_directory, operation, narrow(path),
              "a directory itself is needed, no link to one");
}

result<> check_directory(const std::wstring& path, const demand& wanted) {
  STRAIT_TRY(const auto found, open_directory(path));
  if (wanted.owned_by_us) {
    STRAIT_CHECK(check_owner(operation, found.get(), narrow(path), SE_FILE_OBJECT));
  }
  STRAIT_TRY(const auto others, rights_of_others(operation, found.get()));
  if ((others & wanted.denied_to_others) == 0) return {};
  return fail(condition::permission_denied, operation, narrow(path),
              wanted.owned_by_us ? "others have access to it: it must be this user's alone"
                                 : "others may remove what is in it");
}

}  // namespace
}  // namespace win32

result<std::string> detail::runtime_directory(scope where) {
  const bool is_own = where == scope::user;
  STRAIT_TRY(const auto path,
             win32::chosen_by(is_own ? L"STRAIT_RUNTIME_DIR" : L"STRAIT_MACHINE_DIR",
                              is_own ? L"LOCALAPPDATA" : L"ProgramData"));
  constexpr ACCESS_MASK anything = ~ACCESS_MASK{0};
  constexpr ACCESS_MASK removal = FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER |
                                  GENERIC_ALL;
  const win32::demand wanted{.denied_to_others = is_own ? anything : removal,
                             .owned_by_us = is_own};
  STRAIT_CHECK(win32::make_directory(path, where));
  STRAIT_CHECK(win32::check_directory(path, wanted));
  return win32::narrow(path);
}

result<std::string> detail::name_prefix(scope where) {
  STRAIT_TRY(const auto user, win32::user_part(where));
  return win32::narrow(user) + ".";
}

}  // namespace strait
