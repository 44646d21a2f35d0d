// SPDX-License-Identifier: MIT
#include "support/win32/win32.hpp"

#include <psapi.h>

#include "support/system.hpp"

namespace support {
namespace {

constexpr std::uint32_t control_c_exit = 0xC000013A;

strait::handle open_process(std::uint32_t id, DWORD rights) {
  HANDLE process = ::OpenProcess(rights, FALSE, id);
  if (process == nullptr) throw_last_error("OpenProcess");
  return strait::handle::adopt(process);
}

// Windows can freeze a process, but says so to debuggers alone.
void call_ntdll(const char* name, std::uint32_t id) {
  using act = LONG(NTAPI*)(HANDLE);
  const auto process = open_process(id, PROCESS_SUSPEND_RESUME);
  const auto function = reinterpret_cast<act>(
      reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), name)));
  if (function(process.get()) != 0) throw std::runtime_error{name};
}

}  // namespace

void kill_this_process() noexcept {
  ::TerminateProcess(::GetCurrentProcess(), control_c_exit);
  for (;;) ::Sleep(INFINITE);
}

void kill_hard(std::uint32_t id) {
  const auto process = open_process(id, PROCESS_TERMINATE);
  require(::TerminateProcess(process.get(), control_c_exit), "TerminateProcess");
}

strait::exit_status killed_hard() noexcept {
  return {.how = strait::exit_status::kind::ntstatus, .value = control_c_exit};
}

strait::exit_status killed_by_strait() noexcept {
  return killed_hard();
}

void crash_quietly() noexcept {
  ::SetUnhandledExceptionFilter([](EXCEPTION_POINTERS* what) {
    ::TerminateProcess(::GetCurrentProcess(), what->ExceptionRecord->ExceptionCode);
    return LONG{EXCEPTION_CONTINUE_SEARCH};
  });
}

void suspend(std::uint32_t id) {
  call_ntdll("NtSuspendProcess", id);
}

void resume(std::uint32_t id) {
  call_ntdll("NtResumeProcess", id);
}

std::uint32_t this_process() noexcept {
  return ::GetCurrentProcessId();
}

std::size_t memory_in_use() {
  PROCESS_MEMORY_COUNTERS used{};
  require(::K32GetProcessMemoryInfo(::GetCurrentProcess(), &used, sizeof used),
          "GetProcessMemoryInfo");
  return used.PagefileUsage;
}

}  // namespace support
