// SPDX-License-Identifier: MIT
#include "../mapping.hpp"

#include <limits>

#include "security.hpp"

#include <psapi.h>

namespace strait::detail {
namespace {

using win32::check;
using win32::last_error;

// As in newer versions of the SDK's headers. Looked up, for Windows has them since 10 1803 only.
using alloc_function = PVOID(WINAPI*)(HANDLE process, PVOID base, SIZE_T size, ULONG kind,
                                      ULONG protection, void* more, ULONG more_count);
using map_function = PVOID(WINAPI*)(HANDLE section, HANDLE process, PVOID base, ULONG64 offset,
                                    SIZE_T size, ULONG kind, ULONG protection, void* more,
                                    ULONG more_count);
constexpr ULONG reserve_placeholder = 0x00040000;   // MEM_RESERVE_PLACEHOLDER
constexpr ULONG replace_placeholder = 0x00004000;   // MEM_REPLACE_PLACEHOLDER
constexpr DWORD preserve_placeholder = 0x00000002;  // MEM_PRESERVE_PLACEHOLDER

struct placeholder_functions {
  alloc_function alloc = nullptr;
  map_function map = nullptr;

  placeholder_functions() noexcept {
    HMODULE const library = ::GetModuleHandleW(L"kernelbase.dll");
    if (library == nullptr) return;
    const auto find = [&](const char* name) {
      return reinterpret_cast<void*>(::GetProcAddress(library, name));
    };
    alloc = reinterpret_cast<alloc_function>(find("VirtualAlloc2"));
    map = reinterpret_cast<map_function>(find("MapViewOfFile3"));
  }
};

std::byte* map_half(HANDLE memory, std::byte* at, std::size_t size) noexcept {
  return static_cast<std::byte*>(::MapViewOfFileEx(memory, FILE_MAP_ALL_ACCESS, 0, 0, size, at));
}

/// Reserves a place that both halves are put into, so that nobody else can get in between. Null if
/// the system cannot do that.
std::byte* map_into_placeholder(HANDLE memory, std::size_t size) noexcept {
  static const placeholder_functions system;
  if (system.alloc == nullptr || system.map == nullptr) return nullptr;
  auto* const begin = static_cast<std::byte*>(system.alloc(::GetCurrentProcess(), nullptr, 2 * size,
                                                           MEM_RESERVE | reserve_placeholder,
                                                           PAGE_NOACCESS, nullptr, 0));
  if (begin == nullptr) return nullptr;
  if (!::VirtualFree(begin, size, MEM_RELEASE | preserve_placeholder)) {
    ::VirtualFree(begin, 0, MEM_RELEASE);
    return nullptr;
  }
  const auto put = [&](std::byte* half) {
    return system.map(memory, ::GetCurrentProcess(), half, 0, size, replace_placeholder,
                      PAGE_READWRITE, nullptr, 0) != nullptr;
  };
  const bool has_first = put(begin);
  if (has_first && put(begin + size)) return begin;
  if (has_first) {
    ::UnmapViewOfFile(begin);
  } else {
    ::VirtualFree(begin, 0, MEM_RELEASE);
  }
  ::VirtualFree(begin + size, 0, MEM_RELEASE);
  return nullptr;
}

/// Finds a place where there is room, frees it and puts the halves there. Another thread may have
/// been faster.
std::byte* map_into_gap(HANDLE memory, std::size_t size) noexcept {
  void* const found = ::VirtualAlloc(nullptr, 2 * size, MEM_RESERVE, PAGE_NOACCESS);
  if (found == nullptr) return nullptr;
  ::VirtualFree(found, 0, MEM_RELEASE);
  auto* const begin = static_cast<std::byte*>(found);
  if (map_half(memory, begin, size) == nullptr) return nullptr;
  if (map_half(memory, begin + size, size) != nullptr) return begin;
  const auto why = ::GetLastError();
  ::UnmapViewOfFile(begin);
  ::SetLastError(why);
  return nullptr;
}

}  // namespace

result<handle> make_memory(const char* operation, std::size_t size) {
  STRAIT_TRY(const auto allowed, win32::rights::make());
  auto attributes = allowed.attributes();
  const auto bits = std::uint64_t{size};
  return win32::own(
      operation,
      ::CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE | SEC_COMMIT,
                           static_cast<DWORD>(bits >> 32U), static_cast<DWORD>(bits), nullptr));
}

result<std::size_t> size_of_memory(const char* operation, native_handle memory) {
  // Windows tells the size of a view, and a view without a size is all there is.
  void* const all = ::MapViewOfFile(memory, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  if (all == nullptr) {
    auto why = last_error(operation);
    const bool is_other = why == condition::bad_file_descriptor && memory != nullptr;
    if (is_other) why.condition = condition::invalid_argument;
    return fail(why);
  }
  MEMORY_BASIC_INFORMATION facts{};
  const auto told = ::VirtualQuery(all, &facts, sizeof facts);
  wchar_t file[MAX_PATH];
  const bool is_file = ::K32GetMappedFileNameW(::GetCurrentProcess(), all, file, MAX_PATH) != 0;
  ::UnmapViewOfFile(all);
  const bool is_whole = told != 0 && facts.State == MEM_COMMIT && facts.RegionSize > 0 &&
                        facts.RegionSize % map_granularity() == 0;
  if (!is_whole || is_file) {
    return fail(condition::invalid_argument, operation, {}, "it is no mirrored memory");
  }
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();
  if (facts.RegionSize > most / 2) return fail(condition::not_enough_memory, operation);
  return facts.RegionSize;
}

result<std::byte*> map_twice(const char* operation, native_handle memory, std::size_t size) {
  if (auto* const begin = map_into_placeholder(memory, size); begin != nullptr) return begin;
  constexpr int rounds = 100;  // more than any race between threads
  for (int round = 1;; ++round) {
    if (auto* const begin = map_into_gap(memory, size); begin != nullptr) return begin;
    const auto why = last_error(operation);
    const bool was_taken = why.native == ERROR_INVALID_ADDRESS;
    if (!was_taken || round == rounds) return fail(why);
  }
}

result<> unmap_twice(const char* operation, std::byte* data, std::size_t size) noexcept {
  const auto first = check(operation, ::UnmapViewOfFile(data));
  const auto second = check(operation, ::UnmapViewOfFile(data + size));
  return first ? second : first;
}

}  // namespace strait::detail
