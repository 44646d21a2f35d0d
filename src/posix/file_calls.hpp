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

#if defined(F_OFD_GETLK)
inline constexpr int ask_lock = F_OFD_GETLK;
#else
inline constexpr int ask_lock = F_GETLK;
#endif

/// What another open file has of the whole: F_WRLCK, F_RDLCK if it shares a lock, F_UNLCK if none
/// does; -1 if the system does not tell. Disturbs nobody.
inline int lock_on(int fd) noexcept {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, ask_lock, &whole) == -1 ? -1 : whole.l_type;
}

/// 0, or -1 if another open file has the lock, or shares it.
inline int try_lock(int fd) noexcept {
  return lock_part(fd, lock_kind::exclusive, 0, 0, false);
}
/// 0, or -1 if another open file has the lock. Who has it himself exchanges it for this.
inline int try_share(int fd) noexcept {
  return lock_part(fd, lock_kind::shared, 0, 0, false);
}
inline void unlock(int fd) noexcept {
  lock_part(fd, lock_kind::none, 0, 0, false);
}

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
