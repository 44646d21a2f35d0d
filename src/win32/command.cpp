// SPDX-License-Identifier: MIT
#include "../command.hpp"

#include "pipe_factory.hpp"
#include "security.hpp"

namespace strait {
namespace {

using detail::starting;

/// Absolute, with what Windows ignores taken away: dots and spaces at the end.
std::wstring full_path(const std::wstring& path) {
  std::wstring full(MAX_PATH, L'\0');
  for (;;) {
    const auto size = ::GetFullPathNameW(path.c_str(), win32::clamp(full.size()), full.data(),
                                         nullptr);
    const bool fits = size < full.size();
    full.resize(size);
    if (fits) return full;
  }
}

bool ends_with(std::wstring_view text, std::wstring_view end) noexcept {
  if (text.size() < end.size()) return false;
  const auto tail = text.substr(text.size() - end.size());
  return ::CompareStringOrdinal(tail.data(), static_cast<int>(tail.size()), end.data(),
                                static_cast<int>(end.size()), TRUE) == CSTR_EQUAL;
}

/// The path of the program if it is there, with ".exe" added if need be; else an error.
result<std::wstring> look_at(const std::wstring& path, std::string_view subject) {
  DWORD why = ERROR_FILE_NOT_FOUND;
  for (const auto* const end : {L"", L".exe"}) {
    auto candidate = full_path(path + end);
    const auto attributes = ::GetFileAttributesW(candidate.c_str());
    if (attributes == INVALID_FILE_ATTRIBUTES) continue;
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) return candidate;
    why = ERROR_ACCESS_DENIED;
  }
  return fail(win32::make_error(starting, why, subject));
}

result<std::wstring> search_path(const std::wstring& name, std::wstring_view path,
                                 std::string_view subject) {
  while (!path.empty()) {
    auto folder = path.substr(0, path.find(L';'));
    path.remove_prefix(std::min(path.size(), folder.size() + 1));
    if (folder.starts_with(L'"')) folder.remove_prefix(1);
    if (folder.ends_with(L'"')) folder.remove_suffix(1);
    if (folder.empty()) continue;  // would mean the current directory, whatever lies there
    if (auto found = look_at(std::wstring{folder} + L'\\' + name, subject)) return found;
  }
  return fail(win32::make_error(starting, ERROR_FILE_NOT_FOUND, subject));
}

result<handle> open(const wchar_t* path, DWORD access, DWORD disposition,
                    std::string_view subject) {
  STRAIT_TRY(const auto allowed, win32::rights::make());
  auto attributes = allowed.attributes();
  constexpr DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  return win32::own(
      "open file",
      ::CreateFileW(path, access, share, &attributes, disposition, FILE_ATTRIBUTE_NORMAL, nullptr),
      subject);
}

}  // namespace

namespace detail {

result<std::string> find_program(const command& c) {
  STRAIT_TRY(const auto name, win32::widen(c.program));
  const bool is_path = c.program.find_first_of("/\\:") != std::string::npos;
  STRAIT_TRY(const auto found,
             is_path ? look_at(name, c.program)
                     : search_path(name, win32::environment_value(L"PATH"), c.program));
  // cmd.exe would read the arguments by rules that no quoting satisfies.
  if (ends_with(found, L".bat") || ends_with(found, L".cmd")) {
    return fail(condition::not_supported, starting, c.program);
  }
  return win32::narrow(found);
}

result<handle> duplicate_standard(std::size_t index) {
  constexpr DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
  auto* const mine = ::GetStdHandle(names[index]);
  // A program without a console may have none, or one that stands for nothing.
  if (mine == nullptr || mine == INVALID_HANDLE_VALUE) return open_null();
  auto copy = win32::duplicate("pass on standard handle", mine, false);
  if (!copy && copy.error() == condition::bad_file_descriptor) return open_null();
  return copy;
}

result<handle> open_null() {
  return open(L"NUL", GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING, "NUL");
}

result<handle> open_file(const std::string& path, file_use use) {
  STRAIT_TRY(const auto wide, win32::widen(path));
  switch (use) {
    case file_use::read: return open(wide.c_str(), GENERIC_READ, OPEN_EXISTING, path);
    case file_use::write: return open(wide.c_str(), GENERIC_WRITE, CREATE_ALWAYS, path);
    case file_use::append: break;
  }
  return open(wide.c_str(), FILE_APPEND_DATA | SYNCHRONIZE, OPEN_ALWAYS, path);
}

result<handle> duplicate_plain(const handle& h) {
  constexpr auto operation = "pass on handle as standard";
  const bool may_be_pipe = ::GetFileType(h.get()) == FILE_TYPE_PIPE;
  if (may_be_pipe && ::GetNamedPipeInfo(h.get(), nullptr, nullptr, nullptr, nullptr)) {
    STRAIT_TRY(const bool is_plain, win32::is_synchronous(operation, h.get()));
    if (!is_plain) return fail(condition::not_supported, operation);
  }
  return h.duplicate();
}

result<plain_pipe> make_standard_pipe(bool child_reads) {
  using win32::end_kind;
  return child_reads ? win32::make_pipe({}, end_kind::plain, end_kind::overlapped)
                     : win32::make_pipe({}, end_kind::overlapped, end_kind::plain);
}

}  // namespace detail

result<std::string> program_path() {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const auto size = ::GetModuleFileNameW(nullptr, path.data(), win32::clamp(path.size()));
    if (size == 0) return fail(win32::last_error("ask for the running program"));
    if (size < path.size()) return win32::narrow(std::wstring_view{path}.substr(0, size));
    path.resize(path.size() * 2);
  }
}

}  // namespace strait
