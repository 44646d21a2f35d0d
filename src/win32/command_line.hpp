// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace strait::win32 {

/// Appends an argument so that CommandLineToArgvW and the C runtimes read it back word for word.
///
/// Backslashes are ordinary but before a quotation mark, where each needs another.
inline void append_argument(std::wstring& line, std::wstring_view argument) {
  if (!line.empty()) line += L' ';
  if (!argument.empty() && argument.find_first_of(L" \t\n\v\"") == std::wstring_view::npos) {
    line += argument;
    return;
  }
  line += L'"';
  std::size_t backslashes = 0;
  for (const wchar_t unit : argument) {
    if (unit == L'"') line.append(backslashes + 1, L'\\');
    backslashes = unit == L'\\' ? backslashes + 1 : 0;
    line += unit;
  }
  line.append(backslashes, L'\\');
  line += L'"';
}

}  // namespace strait::win32
