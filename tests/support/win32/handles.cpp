// SPDX-License-Identifier: MIT
#include "support/win32/win32.hpp"

#include <fcntl.h>
#include <io.h>

#include "support/system.hpp"

namespace support {
namespace {

bool is_standard(HANDLE h) {
  return h == ::GetStdHandle(STD_INPUT_HANDLE) || h == ::GetStdHandle(STD_OUTPUT_HANDLE) ||
         h == ::GetStdHandle(STD_ERROR_HANDLE);
}

bool is_open(HANDLE h) {
  DWORD flags = 0;
  return ::GetHandleInformation(h, &flags) != FALSE;
}

// The numbers of all handles that are as asked for; those that tests leave open are among these.
std::vector<std::uintptr_t> probe(bool (*is_such)(HANDLE)) {
  constexpr std::uintptr_t beyond_all = 0x2000;
  std::vector<std::uintptr_t> found;
  for (std::uintptr_t number = 4; number < beyond_all; number += 4) {
    if (is_such(reinterpret_cast<HANDLE>(number))) found.push_back(number);
  }
  return found;
}

}  // namespace

std::size_t count_open_handles() {
  DWORD count = 0;
  require(::GetProcessHandleCount(::GetCurrentProcess(), &count), "GetProcessHandleCount");
  return count != 0 ? count : probe(is_open).size();  // Wine does not count
}

// There is no such limit.
bool allow_handles(std::size_t /*count*/) {
  return true;
}

// A new process opens a number of things itself, but no pipe.
std::vector<std::uintptr_t> inherited_handles() {
  return probe([](HANDLE h) { return ::GetFileType(h) == FILE_TYPE_PIPE && !is_standard(h); });
}

std::uintptr_t number_of(strait::native_handle h) noexcept {
  return reinterpret_cast<std::uintptr_t>(h);
}

bool is_inheritable(strait::native_handle h) {
  DWORD flags = 0;
  require(::GetHandleInformation(h, &flags), "GetHandleInformation");
  return (flags & HANDLE_FLAG_INHERIT) != 0;
}

void make_inheritable(strait::native_handle h) {
  require(::SetHandleInformation(h, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT),
          "SetHandleInformation");
}

strait::handle stale_handle() {
  return strait::handle::adopt(reinterpret_cast<HANDLE>(std::uintptr_t{0xFFF0}));
}

strait::handle open_file(const std::string& path) {
  HANDLE file = ::CreateFileW(widen(path).c_str(), GENERIC_READ | GENERIC_WRITE,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                              OPEN_EXISTING, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) throw_last_error("CreateFileW");
  return strait::handle::adopt(file);
}

std::string beginning_of(strait::native_handle file) {
  std::string text(100, '\0');
  DWORD size = 0;
  OVERLAPPED from_the_beginning{};
  const bool is_done = ::ReadFile(file, text.data(), static_cast<DWORD>(text.size()), nullptr,
                                  &from_the_beginning) != FALSE ||
                       ::GetLastError() == ERROR_IO_PENDING;  // opened for overlapped calls
  if (!(is_done && ::GetOverlappedResult(file, &from_the_beginning, &size, TRUE)) &&
      ::GetLastError() != ERROR_HANDLE_EOF) {
    throw_last_error("ReadFile");
  }
  text.resize(size);
  return text;
}

int c_descriptor(strait::handle h) {
  const int fd = ::_open_osfhandle(reinterpret_cast<std::intptr_t>(h.release()), _O_BINARY);
  if (fd == -1) throw std::system_error{errno, std::generic_category(), "_open_osfhandle"};
  return fd;
}

}  // namespace support
