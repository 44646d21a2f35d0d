// SPDX-License-Identifier: MIT
#include "support/win32/win32.hpp"

#include <winternl.h>

#include "support/system.hpp"

namespace support {
namespace {

void write_to(DWORD which, std::string_view text) {
  while (!text.empty()) {
    DWORD written = 0;
    require(::WriteFile(::GetStdHandle(which), text.data(), static_cast<DWORD>(text.size()),
                        &written, nullptr),
            "WriteFile");
    text.remove_prefix(written);
  }
}

}  // namespace

void write_output(std::string_view text) {
  write_to(STD_OUTPUT_HANDLE, text);
}

void write_errors(std::string_view text) {
  write_to(STD_ERROR_HANDLE, text);
}

std::string read_input(std::size_t most) {
  std::string text(most, '\0');
  DWORD read = 0;
  if (::ReadFile(::GetStdHandle(STD_INPUT_HANDLE), text.data(), static_cast<DWORD>(most), &read,
                 nullptr) == FALSE &&
      ::GetLastError() != ERROR_BROKEN_PIPE) {
    throw_last_error("ReadFile");
  }
  text.resize(read);
  return text;
}

std::string read_input() {
  std::string all;
  for (std::string some = read_input(65'536); !some.empty(); some = read_input(65'536)) all += some;
  return all;
}

// A synchronous handle is what ReadFile without OVERLAPPED needs; the mode tells which it is.
bool input_is_blocking() {
  using query = NTSTATUS(NTAPI*)(HANDLE, IO_STATUS_BLOCK*, void*, ULONG, int);
  constexpr int file_mode_information = 16;
  constexpr ULONG synchronous = 0x10 | 0x20;  // FILE_SYNCHRONOUS_IO_ALERT and _NONALERT
  const auto ask = reinterpret_cast<query>(reinterpret_cast<void*>(
      ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "NtQueryInformationFile")));
  IO_STATUS_BLOCK status{};
  ULONG mode = 0;
  return ask(::GetStdHandle(STD_INPUT_HANDLE), &status, &mode, sizeof mode,
             file_mode_information) == 0 &&
         (mode & synchronous) != 0;
}

void close_output() {
  ::CloseHandle(::GetStdHandle(STD_OUTPUT_HANDLE));
}

}  // namespace support
