// SPDX-License-Identifier: MIT
#include "../mapping.hpp"

#include "security.hpp"

#include <winioctl.h>

namespace strait::detail {
namespace {

using win32::check;
using win32::last_error;

constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

void set_offset(OVERLAPPED& io, std::uint64_t offset) noexcept {
  // NOLINTBEGIN(cppcoreguidelines-pro-type-union-access): the SDK's type
  io.Offset = static_cast<DWORD>(offset);
  io.OffsetHigh = static_cast<DWORD>(offset >> 32U);
  // NOLINTEND(cppcoreguidelines-pro-type-union-access)
}

/// Makes a call on a file that may be overlapped or not, and waits for its end.
template <class Call>
result<DWORD> transfer(const char* operation, HANDLE file, OVERLAPPED& io, Call call) {
  STRAIT_TRY(io.hEvent, win32::call_event(operation));
  DWORD moved = 0;
  if (call(&moved)) return moved;
  if (::GetLastError() != ERROR_IO_PENDING) return fail(last_error(operation));
  return win32::outcome(operation, file, io, TRUE);
}

/// Windows says of a directory that access is denied.
error why_not_opened(const char* operation, const std::wstring& where, std::string_view path) {
  auto why = last_error(operation, path);
  if (why.native != ERROR_ACCESS_DENIED) return why;
  const auto facts = ::GetFileAttributesW(where.c_str());
  const bool is_directory = facts != INVALID_FILE_ATTRIBUTES &&
                            (facts & FILE_ATTRIBUTE_DIRECTORY) != 0;
  if (is_directory) why.condition = condition::is_a_directory;
  return why;
}

result<> set_size(const char* operation, HANDLE file, std::uint64_t size) {
  FILE_END_OF_FILE_INFO end{};
  end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
  return check(operation, ::SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end));
}

/// Where the view begins that these bytes are in.
std::byte* begin_of(std::byte* data) noexcept {
  return data - (reinterpret_cast<std::uintptr_t>(data) % map_granularity());
}

}  // namespace

std::size_t map_granularity() noexcept {
  static const auto granularity = [] {
    SYSTEM_INFO facts{};
    ::GetSystemInfo(&facts);
    return std::size_t{facts.dwAllocationGranularity};
  }();
  return granularity;
}

result<handle> open_plain_file(const char* operation, std::string_view path, bool writes) {
  STRAIT_TRY(const auto where, win32::widen(path));
  const DWORD wanted = writes ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ;
  HANDLE const raw = ::CreateFileW(where.c_str(), wanted, shared, nullptr, OPEN_EXISTING,
                                   FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OVERLAPPED, nullptr);
  if (raw == INVALID_HANDLE_VALUE) return fail(why_not_opened(operation, where, path));
  return handle::adopt(raw);
}

result<handle> make_plain_file(const char* operation, std::string_view path, access who) {
  STRAIT_TRY(const auto where, win32::widen(path));
  STRAIT_TRY(const auto allowed, win32::rights::make(who));
  auto attributes = allowed.attributes();
  return win32::own(
      operation,
      ::CreateFileW(where.c_str(), GENERIC_READ | GENERIC_WRITE | DELETE, shared, &attributes,
                    CREATE_NEW, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OVERLAPPED, nullptr),
      path);
}

void remove_plain_file(std::string_view /*path*/, native_handle file) noexcept {
  FILE_DISPOSITION_INFO gone{.DeleteFile = TRUE};
  ::SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone);
}

result<std::uint64_t> size_of_plain_file(const char* operation, native_handle file) {
  ::SetLastError(ERROR_SUCCESS);
  const auto kind = ::GetFileType(file);
  if (kind == FILE_TYPE_UNKNOWN && ::GetLastError() != ERROR_SUCCESS) {
    return fail(last_error(operation));
  }
  FILE_STANDARD_INFO facts{};
  const bool is_file = kind == FILE_TYPE_DISK &&
                       ::GetFileInformationByHandleEx(file, FileStandardInfo, &facts,
                                                      sizeof facts) != FALSE;
  if (!is_file) {
    return fail(condition::invalid_argument, operation, {}, "only plain files can be mapped");
  }
  if (facts.Directory) return fail(condition::is_a_directory, operation);
  return static_cast<std::uint64_t>(facts.EndOfFile.QuadPart);
}

result<> check_rights(const char* /*operation*/, native_handle /*file*/, bool /*writes*/) {
  return {};  // what is not allowed is refused when it is done
}

result<> lengthen_file(const char* operation, native_handle file, std::uint64_t /*from*/,
                       std::uint64_t to, bool sparse) {
  if (sparse) {
    // A wish: not every file system has sparse files. In others the end reserves what is before it.
    OVERLAPPED io{};
    static_cast<void>(transfer(operation, file, io, [&](DWORD* moved) {
      return ::DeviceIoControl(file, FSCTL_SET_SPARSE, nullptr, 0, nullptr, 0, moved, &io);
    }));
  }
  return set_size(operation, file, to);
}

result<> shorten_file(const char* operation, native_handle file, std::uint64_t to) {
  return set_size(operation, file, to);
}

result<std::byte*> map_view(const char* operation, native_handle file, map_mode mode,
                            std::uint64_t offset, std::size_t size) {
  struct meaning {
    DWORD pages;
    DWORD view;
  };
  static constexpr meaning meanings[] = {{PAGE_READONLY, FILE_MAP_READ},
                                         {PAGE_READWRITE, FILE_MAP_READ | FILE_MAP_WRITE},
                                         {PAGE_WRITECOPY, FILE_MAP_COPY}};
  const auto [pages, view] = meanings[static_cast<std::size_t>(mode)];
  STRAIT_TRY(const auto section,
             win32::own(operation, ::CreateFileMappingW(file, nullptr, pages, 0, 0, nullptr)));
  const auto before = static_cast<std::size_t>(offset % map_granularity());
  const auto at = offset - before;
  void* const begin = ::MapViewOfFile(section.get(), view, static_cast<DWORD>(at >> 32U),
                                      static_cast<DWORD>(at), before + size);
  if (begin == nullptr) return fail(last_error(operation));
  return static_cast<std::byte*>(begin) + before;
}

result<> unmap_view(const char* operation, std::byte* data, std::size_t /*size*/) noexcept {
  return check(operation, ::UnmapViewOfFile(begin_of(data)));
}

result<> flush_view(const char* operation, native_handle file, const_bytes part, durability how) {
  if (!part.empty()) {
    STRAIT_CHECK(check(operation, ::FlushViewOfFile(part.data(), part.size())));
  }
  if (how == durability::full) STRAIT_CHECK(check(operation, ::FlushFileBuffers(file)));
  return {};
}

void advise_view(const_bytes part, advice what) noexcept {
  void* const begin = const_cast<std::byte*>(part.data());  // nothing is changed
  if (what == advice::will_need) {
    WIN32_MEMORY_RANGE_ENTRY range{.VirtualAddress = begin, .NumberOfBytes = part.size()};
    ::PrefetchVirtualMemory(::GetCurrentProcess(), 1, &range, 0);
  }
  // Of what is not locked this says that it failed, and takes it out of the working set.
  if (what == advice::dont_need) ::VirtualUnlock(begin, part.size());
}

result<> prefault_view(const char* operation, native_handle /*file*/, std::uint64_t /*offset*/,
                       const_bytes part) {
  WIN32_MEMORY_RANGE_ENTRY range{.VirtualAddress = const_cast<std::byte*>(part.data()),
                                 .NumberOfBytes = part.size()};
  return check(operation, ::PrefetchVirtualMemory(::GetCurrentProcess(), 1, &range, 0));
}

result<std::size_t> read_mapped_at(const char* operation, native_handle file, std::uint64_t offset,
                                   bytes into) {
  OVERLAPPED io{};
  set_offset(io, offset);
  const auto got = transfer(operation, file, io, [&](DWORD* moved) {
    return ::ReadFile(file, into.data(), win32::clamp(into.size()), moved, &io);
  });
  if (!got && got.error().native == ERROR_HANDLE_EOF) return 0;
  return got;
}

result<std::size_t> write_mapped_at(const char* operation, native_handle file, std::uint64_t offset,
                                    const_bytes from) {
  OVERLAPPED io{};
  set_offset(io, offset);
  return transfer(operation, file, io, [&](DWORD* moved) {
    return ::WriteFile(file, from.data(), win32::clamp(from.size()), moved, &io);
  });
}

}  // namespace strait::detail
