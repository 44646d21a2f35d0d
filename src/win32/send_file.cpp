// SPDX-License-Identifier: MIT
#include "../send_file.hpp"

#include "socket_call.hpp"

#include <mswsock.h>

#include <algorithm>

namespace strait::detail {
namespace {

void set_offset(OVERLAPPED& io, std::uint64_t offset) noexcept {
  // NOLINTBEGIN(cppcoreguidelines-pro-type-union-access): the SDK's type
  io.Offset = static_cast<DWORD>(offset);
  io.OffsetHigh = static_cast<DWORD>(offset >> 32U);
  // NOLINTEND(cppcoreguidelines-pro-type-union-access)
}

/// Puts a file back to where it was.
class same_position {
 public:
  explicit same_position(HANDLE file) noexcept
      : file_{file}, has_one_{::SetFilePointerEx(file, {}, &before_, FILE_CURRENT) != FALSE} {}
  same_position(const same_position&) = delete;
  same_position& operator=(const same_position&) = delete;
  ~same_position() {
    if (has_one_) ::SetFilePointerEx(file_, before_, nullptr, FILE_BEGIN);
  }

 private:
  HANDLE file_;
  LARGE_INTEGER before_{};
  bool has_one_;
};

}  // namespace

result<std::size_t> send_part(const char* operation, native_socket to, native_handle file,
                              std::uint64_t offset, std::size_t size) {
  if (to == no_socket) return fail(condition::bad_file_descriptor, operation);
  LARGE_INTEGER end{};
  STRAIT_CHECK(win32::check(operation, ::GetFileSizeEx(file, &end)));
  const auto length = static_cast<std::uint64_t>(end.QuadPart);
  if (offset >= length) return 0;
  const same_position kept{file};
  // More than there is would be an error, and 0 is the whole file.
  const auto part = static_cast<DWORD>(std::min<std::uint64_t>(size, length - offset));
  return win32::as_reset(win32::socket_transfer(operation, to, {}, [&](OVERLAPPED* io) {
    set_offset(*io, offset);
    return ::TransmitFile(to, file, part, 0, io, nullptr, 0) ? 0 : -1;
  }));
}

result<std::size_t> read_file_at(const char* operation, native_handle file, std::uint64_t offset,
                                 bytes into) {
  ::SetLastError(ERROR_SUCCESS);
  if (::GetFileType(file) != FILE_TYPE_DISK) {
    if (::GetLastError() != ERROR_SUCCESS) return fail(win32::last_error(operation));
    return fail(condition::invalid_seek, operation);  // reading would take what is to come
  }
  // A file that was opened without FILE_FLAG_OVERLAPPED goes on from where it was read last.
  const same_position kept{file};
  OVERLAPPED io{};
  set_offset(io, offset);
  STRAIT_TRY(io.hEvent, win32::call_event(operation));
  DWORD got = 0;
  if (::ReadFile(file, into.data(), win32::clamp(into.size()), &got, &io)) return got;
  auto code = ::GetLastError();
  if (code == ERROR_IO_PENDING) {
    if (::GetOverlappedResult(file, &io, &got, TRUE)) return got;
    code = ::GetLastError();
  }
  if (code == ERROR_HANDLE_EOF) return 0;
  return fail(win32::make_error(operation, code));
}

}  // namespace strait::detail
