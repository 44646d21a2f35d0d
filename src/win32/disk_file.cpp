// SPDX-License-Identifier: MIT
#include "../disk_file.hpp"

#include "disk_call.hpp"
#include "pipe_factory.hpp"
#include "security.hpp"

namespace strait::detail {
namespace {

using win32::check;
using win32::last_error;

/// Windows says "access denied" of a directory.
bool is_directory(const std::wstring& path) noexcept {
  const DWORD found = ::GetFileAttributesW(path.c_str());
  return found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

}  // namespace

result<handle> open_disk_file(const char* operation, std::string_view path,
                              const disk_file_wish& wish) {
  if (path.contains('\0')) return fail(condition::invalid_argument, operation, path);
  STRAIT_TRY(const auto where, win32::widen(path));
  STRAIT_TRY(const auto allowed, win32::rights::make(wish.who));
  auto attributes = allowed.attributes();
  const DWORD access = GENERIC_READ | (wish.write ? GENERIC_WRITE : 0U);
  constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  HANDLE const raw = ::CreateFileW(where.c_str(), access, shared, &attributes,
                                   wish.create ? OPEN_ALWAYS : OPEN_EXISTING,
                                   FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OVERLAPPED, nullptr);
  if (raw == INVALID_HANDLE_VALUE) {
    const auto why = last_error(operation, path);
    if (is_directory(where)) return fail(condition::is_a_directory, operation, path);
    return fail(why);
  }
  auto file = handle::adopt(raw);
  STRAIT_CHECK(check_disk_file(operation, raw, path));
  return file;
}

result<> check_disk_file(const char* operation, native_handle file, std::string_view path) {
  ::SetLastError(ERROR_SUCCESS);
  if (::GetFileType(file) != FILE_TYPE_DISK) {
    if (::GetLastError() != ERROR_SUCCESS) return fail(last_error(operation, path));
    return fail(condition::invalid_argument, operation, path, "it is no plain file");
  }
  FILE_STANDARD_INFO facts{};
  if (!::GetFileInformationByHandleEx(file, FileStandardInfo, &facts, sizeof facts)) {
    return fail(last_error(operation, path));
  }
  if (facts.Directory) return fail(condition::is_a_directory, operation, path);
  return {};
}

result<bool> can_write(const char* operation, native_handle file) {
  STRAIT_TRY(const auto access, win32::access_of(operation, file));
  return (access & FILE_WRITE_DATA) != 0;
}

result<std::uint64_t> length_of(const char* operation, native_handle file) {
  LARGE_INTEGER size{};
  STRAIT_CHECK(check(operation, ::GetFileSizeEx(file, &size)));
  return static_cast<std::uint64_t>(size.QuadPart);
}

result<> append_to(const char* operation, native_handle file, const_bytes from) {
  // This offset is the end of the file, wherever it is when the bytes are written: see WriteFile.
  constexpr auto at_end = ~std::uint64_t{0};
  for (std::size_t done = 0; done < from.size();) {
    const auto rest = from.subspan(done);
    auto written = win32::disk_call(operation, file, at_end, [&](OVERLAPPED* io) {
      return ::WriteFile(file, rest.data(), win32::clamp(rest.size()), nullptr, io);
    });
    if (!written) {
      written.error().done = done;
      return fail(written.error());
    }
    done += *written;
  }
  return {};
}

result<> cut_to(const char* operation, native_handle file, std::uint64_t size) {
  FILE_END_OF_FILE_INFO end{};
  end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
  return check(operation, ::SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end));
}

result<> flush(const char* operation, native_handle file, durability /*how*/) {
  return check(operation, ::FlushFileBuffers(file));
}

}  // namespace strait::detail
