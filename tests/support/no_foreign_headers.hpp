// SPDX-License-Identifier: MIT
#pragma once

// Included after a public header: none may bring the header of a system or of a dependency along.
// The names are the include guards of Windows, libuv, {fmt}, glibc, musl, macOS and FreeBSD.

#if defined(_WINDOWS_) || defined(_INC_WINDOWS) || defined(_WINSOCK2API_)
#error "a public header of strait includes <windows.h>"
#endif
#if defined(UV_H) || defined(FMT_VERSION) || defined(FMT_CORE_H_)
#error "a public header of strait includes a header of a dependency"
#endif
#if defined(_SYS_SOCKET_H) || defined(_SYS_SOCKET_H_) || defined(_SYS_POLL_H) ||                 \
    defined(_SYS_POLL_H_) || defined(_FCNTL_H) || defined(_SYS_FCNTL_H_) || defined(_SPAWN_H) || \
    defined(_SPAWN_H_) || defined(_SYS_MMAN_H) || defined(_SYS_WAIT_H) || defined(_SIGNAL_H)
#error "a public header of strait includes a header of POSIX"
#endif
