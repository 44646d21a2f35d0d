// SPDX-License-Identifier: MIT
#include "support/win32/win32.hpp"

#include <shellapi.h>
#include <thread>

#include "support/run.hpp"
#include "support/system.hpp"

namespace support {
namespace {

std::vector<std::string> command_line() {
  int count = 0;
  wchar_t** words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  if (words == nullptr) throw_last_error("CommandLineToArgvW");
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(narrow(words[i]));
  ::LocalFree(static_cast<void*>(words));
  return all;
}

bool is_ascii(std::string_view text) {
  return text.find_first_not_of(
             "\t\n\r !\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
}

}  // namespace

// The shell and the C runtime split a command line by rules of their own. strait quotes for both,
// so this program refuses to see two meanings.
std::vector<std::string> arguments(int argc, char** argv) {
  auto all = command_line();
  bool same = static_cast<std::size_t>(argc) == all.size();
  for (std::size_t i = 1; same && i < all.size(); ++i)
    same = !is_ascii(all[i]) || all[i] == argv[i];
  if (!same) throw std::runtime_error{"the C runtime sees other arguments than the shell"};
  return all;
}

std::optional<std::string> environment_variable(const std::string& name) {
  const auto wide = widen(name);
  ::SetLastError(ERROR_SUCCESS);
  std::wstring value(::GetEnvironmentVariableW(wide.c_str(), nullptr, 0), L'\0');
  if (value.empty()) {
    if (::GetLastError() == ERROR_ENVVAR_NOT_FOUND) return std::nullopt;
    return std::string{};
  }
  const auto size = static_cast<DWORD>(value.size());
  value.resize(::GetEnvironmentVariableW(wide.c_str(), value.data(), size));
  return narrow(value);
}

void set_environment_variable(const std::string& name, const std::string& value) {
  require(::SetEnvironmentVariableW(widen(name).c_str(), widen(value).c_str()), "set a variable");
}

void remove_environment_variable(const std::string& name) {
  static_cast<void>(::SetEnvironmentVariableW(widen(name).c_str(), nullptr));
}

void end_this_process_after(std::chrono::seconds limit, int code) {
  std::thread{[=] {
    std::this_thread::sleep_for(limit);
    ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(code));
  }}.detach();
}

std::string_view native_not_found() noexcept {
  return "ERROR_FILE_NOT_FOUND 2";
}

std::string_view path_separator() noexcept {
  return ";";
}

bool under_wine() {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
}

}  // namespace support
