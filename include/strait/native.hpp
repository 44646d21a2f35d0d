// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace strait {

// The only platform conditions in the public headers. src/win32 asserts that `void*` is HANDLE and
// std::uintptr_t is SOCKET, so no Windows header has to be included here.
#if defined(_WIN32)
using native_handle = void*;
inline constexpr native_handle no_handle = nullptr;
using native_socket = std::uintptr_t;
inline constexpr native_socket no_socket = ~native_socket{0};
inline native_handle as_handle(native_socket s) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): to Windows a socket is a handle
  return reinterpret_cast<native_handle>(s);
}
inline constexpr bool on_windows = true;
#else
using native_handle = int;
inline constexpr native_handle no_handle = -1;
using native_socket = native_handle;
inline constexpr native_socket no_socket = no_handle;
inline native_handle as_handle(native_socket s) noexcept {
  return s;
}
inline constexpr bool on_windows = false;
#endif

}  // namespace strait

// Marks what a shared library of strait shows to the world. CMake defines STRAIT_SHARED for the
// library and its users alike, and strait_EXPORTS while the library itself is compiled.
#if !defined(STRAIT_SHARED)
#define STRAIT_API
#elif !defined(_WIN32)
#define STRAIT_API __attribute__((visibility("default")))
#elif defined(strait_EXPORTS)
#define STRAIT_API __declspec(dllexport)
#else
#define STRAIT_API __declspec(dllimport)
#endif
