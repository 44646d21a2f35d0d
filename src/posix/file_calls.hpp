// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

// Locks and flushes, by what the system's header has of them.
namespace strait::posix {

enum class lock_kind : short { shared = F_RDLCK, exclusive = F_WRLCK, none = F_UNLCK };

#if defined(F_OFD_SETLK)

/// Whether locks can be for a part of a file.
inline constexpr bool has_range_locks = true;

/// Locks so many bytes for the open file, or unlocks them; a size of 0 is all that follow. If
/// others hinder that, it waits, or is -1 with EAGAIN or EACCES.
inline int lock_part(int fd, lock_kind kind, off_t offset, off_t size, bool wait) noexcept {
  struct flock part{};
  part.l_type = static_cast<short>(kind);
  part.l_whence = SEEK_SET;
  part.l_start = offset;
  part.l_len = size;
  return ::fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &part);
}

#else

inline constexpr bool has_range_locks = false;

inline int lock_part(int fd, lock_kind kind, off_t /*offset*/, off_t /*size*/, bool wait) noexcept {
  const int how = kind == lock_kind::shared      ? LOCK_SH
                  : kind == lock_kind::exclusive ? LOCK_EX
                                                 : LOCK_UN;
  return ::flock(fd, wait ? how : how | LOCK_NB);
}

#endif

#if defined(F_FULLFSYNC)  // fsync() does not make the disk write

/// What is written from now on does not reach the disk before what was.
inline int sync_ordered(int fd) noexcept {
  if (::fcntl(fd, F_BARRIERFSYNC) != -1) return 0;
  return ::fsync(fd);  // not every file system knows barriers
}

/// What was written survives a loss of power from now on.
inline int sync_full(int fd) noexcept {
  if (::fcntl(fd, F_FULLFSYNC) != -1) return 0;
  return ::fsync(fd);
}

#else

inline int sync_ordered(int fd) noexcept {
  return ::fdatasync(fd);
}

inline int sync_full(int fd) noexcept {
  return ::fsync(fd);
}

#endif

}  // namespace strait::posix
