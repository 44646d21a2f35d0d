// SPDX-License-Identifier: MIT
#pragma once

// The tests' only door to <windows.h>, as src/win32/win32.hpp is the library's.
#include <windows.h>

#include <sddl.h>

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace support {

inline std::string narrow(std::wstring_view wide) {
  const auto units = static_cast<int>(wide.size());
  const auto size = ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, nullptr, 0, nullptr,
                                          nullptr);
  std::string text(static_cast<std::size_t>(size), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, text.data(), size, nullptr, nullptr);
  return text;
}

inline std::wstring widen(std::string_view text) {
  const auto size = static_cast<int>(text.size());
  const auto units = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, nullptr, 0);
  std::wstring wide(static_cast<std::size_t>(units), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, wide.data(), units);
  return wide;
}

[[noreturn]] inline void throw_last_error(const char* what) {
  throw std::system_error{static_cast<int>(::GetLastError()), std::system_category(), what};
}

inline void require(BOOL worked, const char* what) {
  if (worked == FALSE) throw_last_error(what);
}

/// Who may do what with a thing that is made with `attributes`: `text` is in SDDL.
class security {
 public:
  explicit security(const wchar_t* text) {
    PSECURITY_DESCRIPTOR raw = nullptr;
    require(::ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &raw,
                                                                   nullptr),
            "ConvertStringSecurityDescriptorToSecurityDescriptorW");
    memory_.reset(raw);
    attributes.lpSecurityDescriptor = raw;
  }

  SECURITY_ATTRIBUTES attributes{
      .nLength = sizeof attributes, .lpSecurityDescriptor = nullptr, .bInheritHandle = FALSE};

 private:
  std::unique_ptr<void, decltype(&::LocalFree)> memory_{nullptr, ::LocalFree};
};

}  // namespace support
