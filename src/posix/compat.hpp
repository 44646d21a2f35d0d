// SPDX-License-Identifier: MIT
#pragma once

// The only place in src/ where one POSIX system is told from another.

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#if defined(__linux__)
#include <sys/sendfile.h>
#include <sys/syscall.h>
#elif defined(__APPLE__)
#include <mach-o/dyld.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/sysctl.h>
#elif defined(__FreeBSD__)
#include <sys/sysctl.h>
#include <sys/user.h>
#endif

namespace strait::posix {

/// Flags for one call of read_with or write_with, as Linux numbers them.
inline constexpr int call_nowait = 0x008;    // RWF_NOWAIT: on pipes since Linux 6.4
inline constexpr int call_nosignal = 0x100;  // RWF_NOSIGNAL: since Linux 6.18

#if defined(__linux__)

inline constexpr int known_call_flags = call_nowait | call_nosignal;

// By number, not through libc: glibc would emulate what an old kernel lacks, musl has no wrapper.
inline ssize_t read_with(int fd, const iovec* parts, int count, int flags) noexcept {
  return ::syscall(SYS_preadv2, fd, parts, count, -1L, -1L, flags);
}
inline ssize_t write_with(int fd, const iovec* parts, int count, int flags) noexcept {
  if (flags == 0) return ::writev(fd, parts, count);
  return ::syscall(SYS_pwritev2, fd, parts, count, -1L, -1L, flags);
}

#else

inline constexpr int known_call_flags = 0;

inline ssize_t read_with(int fd, const iovec* parts, int count, int /*flags*/) noexcept {
  return ::readv(fd, parts, count);
}
inline ssize_t write_with(int fd, const iovec* parts, int count, int /*flags*/) noexcept {
  return ::writev(fd, parts, count);
}

#endif

#if defined(__APPLE__)

inline int cloexec_pipe(int (&ends)[2]) noexcept {
  // No pipe2: a program that other code starts in this moment may inherit the ends. What strait
  // starts never does.
  if (::pipe(ends) == -1) return -1;
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return 0;
}

/// Asks that writing to a pipe without a reader raises no signal; false if a system cannot be
/// asked that for a descriptor.
inline bool set_nosigpipe(int fd, bool on) noexcept {
  return ::fcntl(fd, F_SETNOSIGPIPE, on ? 1 : 0) == 0;
}

/// Takes a pending SIGPIPE, which is blocked, off this thread.
inline void take_sigpipe() noexcept {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGPIPE);
  int taken = 0;
  ::sigwait(&only, &taken);
}

#else

inline int cloexec_pipe(int (&ends)[2]) noexcept {
  return ::pipe2(ends, O_CLOEXEC);
}

inline bool set_nosigpipe(int /*fd*/, bool /*on*/) noexcept {
  return false;
}

inline void take_sigpipe() noexcept {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGPIPE);
  const timespec no_wait{};
  while (::sigtimedwait(&only, nullptr, &no_wait) == -1 && errno == EINTR) {
  }
}

#endif

#if defined(__linux__)

/// How many bytes a pipe holds.
inline int pipe_capacity(int fd) noexcept {
  return ::fcntl(fd, F_GETPIPE_SZ);
}
inline void wish_pipe_capacity(int fd, int bytes) noexcept {
  ::fcntl(fd, F_SETPIPE_SZ, bytes);
}

#else

// Pipes grow on demand up to this size (BIG_PIPE_SIZE), and cannot be asked or told.
inline int pipe_capacity(int /*fd*/) noexcept {
  return 64 * 1024;
}
inline void wish_pipe_capacity(int /*fd*/, int /*bytes*/) noexcept {}

#endif

#if defined(__linux__)

/// Closes every descriptor from `first` on. Safe between fork and exec.
inline void close_from(int first) noexcept {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  // Linux before 5.9, or something that emulates it: one by one, as far as numbers go.
  const auto end = ::sysconf(_SC_OPEN_MAX);
  for (int fd = first; fd < end; ++fd) ::close(fd);
}

/// Where the program that runs is; empty if the system does not tell.
inline std::string running_program() {
  std::string path(4096, '\0');
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path;
}

#elif defined(__APPLE__)

inline std::string running_program() {
  std::string path(4096, '\0');
  auto size = static_cast<std::uint32_t>(path.size());
  if (::_NSGetExecutablePath(path.data(), &size) != 0) return {};
  path.resize(path.find('\0'));
  return path;
}

#elif defined(__FreeBSD__)

inline void close_from(int first) noexcept {
  ::closefrom(first);
}

inline std::string running_program() {
  std::string path(4096, '\0');
  auto size = path.size();
  const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
  if (::sysctl(name, 4, path.data(), &size, nullptr, 0) == -1 || size == 0) return {};
  path.resize(size - 1);  // the zero at the end is counted
  return path;
}

#endif

inline std::uint64_t random_bits() noexcept {
  std::uint64_t bits = 0;
  if (::getentropy(&bits, sizeof bits) != 0) std::abort();  // no system runs without
  return bits;
}

#if defined(__linux__)

/// Whether Unix domain sockets can have names that are no paths.
inline constexpr bool has_abstract_names = true;
/// Whether they can tell an empty message from the end of a connection.
inline constexpr bool has_empty_packets = true;
/// Has recv() return how long a message was that did not fit.
inline constexpr int receive_length = MSG_TRUNC;

/// With this bit a file is not taken for forgotten by those who clean /tmp.
inline constexpr mode_t keep_bit = S_ISVTX;

#else

inline constexpr bool has_abstract_names = false;
inline constexpr bool has_empty_packets = false;
inline constexpr int receive_length = 0;

inline constexpr mode_t keep_bit = 0;  // a user may not set it on a file

#endif

#if defined(__APPLE__)

/// Where this user's temporary files belong, with the separator at its end.
inline std::string user_temp_directory() {
  std::string path(1024, '\0');
  const auto size = ::confstr(_CS_DARWIN_USER_TEMP_DIR, path.data(), path.size());
  if (size == 0 || size > path.size()) return "/tmp/";
  path.resize(size - 1);  // the zero at the end is counted
  return path;
}

inline timeval start_time(const kinfo_proc& facts) noexcept {
  return facts.kp_proc.p_starttime;
}

#else

inline std::string user_temp_directory() {
  return "/tmp/";
}

#endif

/// Lets the system bring bytes of a file into a socket: some of them, or none at the file's end.
inline ssize_t send_file(int socket, int file, off_t offset, std::size_t size) noexcept {
#if defined(__linux__)
  return ::sendfile(socket, file, &offset, size);
#else
  off_t sent = 0;
#if defined(__APPLE__)
  sent = static_cast<off_t>(size);
  const int code = ::sendfile(file, socket, offset, &sent, nullptr, 0);
#else
  const int code = ::sendfile(file, socket, offset, size, nullptr, &sent, 0);
#endif
  return code == 0 || sent > 0 ? static_cast<ssize_t>(sent) : -1;
#endif
}

#if defined(__linux__)

/// Who shares a port for multicast with others says so with these.
inline constexpr int share_port[] = {SO_REUSEADDR};

// IP_MULTICAST_ALL, IPV6_MULTICAST_ALL, the latter since Linux 4.20: off, a socket gets nothing of
// groups that only others of its host have joined.
inline constexpr int all_groups_v4 = 49;
inline constexpr int all_groups_v6 = 29;

inline void set_length(sockaddr_storage& /*address*/, socklen_t /*size*/) noexcept {}

#else

inline constexpr int share_port[] = {SO_REUSEADDR, SO_REUSEPORT};

inline constexpr int all_groups_v4 = 0;  // there is no such option
inline constexpr int all_groups_v6 = 0;

/// Addresses tell their own length, which a few calls look at.
inline void set_length(sockaddr_storage& address, socklen_t size) noexcept {
  address.ss_len = static_cast<std::uint8_t>(size);
}

#endif

#if defined(TCP_KEEPIDLE)
inline constexpr int keep_alive_idle = TCP_KEEPIDLE;
#else
inline constexpr int keep_alive_idle = TCP_KEEPALIVE;  // as macOS calls it
#endif

#if defined(SO_LINGER_SEC)
inline constexpr int linger_seconds = SO_LINGER_SEC;  // macOS counts SO_LINGER in ticks
#else
inline constexpr int linger_seconds = SO_LINGER;
#endif

#if defined(__FreeBSD__)

inline timeval start_time(const kinfo_proc& facts) noexcept {
  return facts.ki_start;
}

#endif

#if defined(__APPLE__)

inline constexpr int receive_cloexec = 0;
inline constexpr int send_quiet = 0;  // see darwin/socket.cpp

/// Whether poll() tells a FIFO's reader that the last writer has gone, and tells one who opens it
/// later only of writers that come after that.
inline constexpr bool poll_tells_fifo_end = false;

/// What the reader of a FIFO would find now: POLLIN if there are bytes, POLLHUP if there is no
/// writer. A reader that has never had a writer may not be told so.
inline short fifo_events(int fd) noexcept {
  // select() can tell, for more descriptors than an fd_set has.
  constexpr int per_word = 32;
  std::vector<std::uint32_t> set(static_cast<std::size_t>(fd / per_word) + 1);
  set.back() = 1U << static_cast<unsigned>(fd % per_word);
  timeval no_wait{};
  auto* const asked = reinterpret_cast<fd_set*>(set.data());
  if (::select(fd + 1, asked, nullptr, nullptr, &no_wait) != 1) return 0;
  int size = 0;
  return ::ioctl(fd, FIONREAD, &size) == 0 && size > 0 ? POLLIN : POLLHUP;
}

#else

inline constexpr int receive_cloexec = MSG_CMSG_CLOEXEC;
inline constexpr int send_quiet = MSG_NOSIGNAL;

inline constexpr bool poll_tells_fifo_end = true;

inline short fifo_events(int fd) noexcept {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  ::poll(&entry, 1, 0);
  return entry.revents;
}

#endif

}  // namespace strait::posix
