// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <cstddef>

// Files and their pages, where each POSIX system has calls of its own: linux/, freebsd/, darwin/.
namespace strait::posix {

/// Makes a file longer, with space on its device for what is new: 0 or an error code, ENOTSUP where
/// that cannot be had.
int reserve(int fd, off_t from, off_t size) noexcept;

/// Lets what the device was given be there before what it is given later: 0, or -1 and errno.
int order_device(int fd) noexcept;

/// Says that pages will not be needed soon. What was written to them is not lost.
void let_go_of(void* pages, std::size_t size) noexcept;

/// Brings pages into memory: 0 or an error code, ENOSYS or EINVAL if there is no such call.
int populate(void* pages, std::size_t size) noexcept;

/// A file in memory that stands nowhere: -1 and errno if there can be none. anonymous_memory.cpp.
int anonymous_memory() noexcept;
/// Gives it its size, for ever: 0 or an error code, as the next one.
int keep_size(int fd, off_t size) noexcept;
/// Has memory for that much of it now, so that no access fails later.
int reserve_memory(int fd, off_t size) noexcept;
/// Whether it is such a file.
bool keeps_its_size(int fd, const struct stat& facts) noexcept;

}  // namespace strait::posix
