// SPDX-License-Identifier: MIT
#include <strait/detail/byte_end.hpp>

#include <limits.h>
#include <sys/stat.h>

#include "compat.hpp"
#include "posix.hpp"
#include "sigpipe_guard.hpp"
#include "transfer.hpp"

namespace strait::detail {
namespace {

using posix::call_nosignal;
using posix::call_nowait;
using posix::parts;
using posix::transfer;

constexpr auto reading = "read from pipe";
constexpr auto writing = "write to pipe";

bool was_refused(ssize_t moved, int flags) noexcept {
  return moved == -1 && flags != 0 && (errno == EOPNOTSUPP || errno == ENOSYS);
}

/// Stands in for call_nowait: asks first. Exact as long as nobody else uses this end. If true,
/// errno says what the call would have said.
bool must_wait(int fd, short events) noexcept {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  const int ready = ::poll(&entry, 1, 0);
  if (ready == 0) errno = EAGAIN;
  return ready <= 0;
}

ssize_t read_now(int fd, const parts& into, std::uint32_t& refused) noexcept {
  if ((refused & call_nowait) == 0) {
    const auto moved = posix::read_with(fd, into.data(), into.count(), call_nowait);
    if (!was_refused(moved, call_nowait)) return moved;
    refused |= call_nowait;
  }
  if (must_wait(fd, POLLIN)) return -1;
  return ::readv(fd, into.data(), into.count());
}

/// The kernel does not say which flag it refused. So both are tried, then no-signal, then no-wait,
/// then none.
std::uint32_t after_refusal(std::uint32_t refused, int flags) noexcept {
  if (flags == call_nosignal) return (refused | call_nosignal) & ~std::uint32_t{call_nowait};
  return refused | call_nowait;
}

ssize_t write_parts(int fd, const parts& from, int flags) noexcept {
  if ((flags & call_nosignal) != 0) {
    return posix::write_with(fd, from.data(), from.count(), flags);
  }
  const posix::sigpipe_guard guard;
  return guard.after(posix::write_with(fd, from.data(), from.count(), flags));
}

ssize_t write_some(int fd, const parts& from, int wanted, std::uint32_t& refused) noexcept {
  for (;;) {
    const int flags = wanted & static_cast<int>(~refused);
    const bool asks_first = (wanted & ~flags & call_nowait) != 0;
    if (asks_first && must_wait(fd, POLLOUT)) return -1;
    // For so much there is room when poll() says that there is some.
    const auto moved = asks_first ? write_parts(fd, from.first(PIPE_BUF), flags)
                                  : write_parts(fd, from, flags);
    if (!was_refused(moved, flags)) return moved;
    refused = after_refusal(refused, flags);
  }
}

}  // namespace

result<byte_end> byte_end::own(handle h, direction d) {
  byte_end end;
  end.limit_ = ~std::uint32_t{posix::known_call_flags};
  if (d == direction::writes && posix::set_nosigpipe(h.get(), true)) {
    end.limit_ &= ~std::uint32_t{call_nosignal};
  }
  end.io_ = std::move(h);
  return end;
}

result<byte_end> byte_end::adopt(handle h, direction d) {
  constexpr auto operation = "adopt pipe end";
  STRAIT_TRY(const int mode, posix::retry(operation, [&] { return ::fcntl(h.get(), F_GETFL); }));
  struct stat facts{};
  STRAIT_CHECK(posix::retry(operation, [&] { return ::fstat(h.get(), &facts); }));
  const int wrong = d == direction::reads ? O_WRONLY : O_RDONLY;
  if (!S_ISFIFO(facts.st_mode) || (mode & O_ACCMODE) == wrong) {
    return fail(condition::invalid_argument, operation);
  }
  return own(std::move(h), d);
}

// The common case comes first and is small. A call that fails is made again by the general one,
// where failures are looked at. No bytes need no care here: to the system, too, they are nothing.

result<std::size_t> byte_end::read(bytes into, const deadline& until) {
  if (until.is_never()) [[likely]] {
    const auto moved = ::read(io_.get(), into.data(), into.size());
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
  }
  return read(bytes_list{&into, 1}, until);
}

result<std::size_t> byte_end::write(const_bytes from, const deadline& until) {
  const bool is_quiet = (limit_ & call_nosignal) == 0;
  if (until.is_never() && is_quiet) [[likely]] {
    const auto part = posix::as_part(from);
    const auto moved = posix::write_with(io_.get(), &part, 1, call_nosignal);
    if (moved >= 0) [[likely]]
      return static_cast<std::size_t>(moved);
    return write(const_bytes_list{&from, 1}, deadline{});  // so `until` need not outlive the call
  }
  return write(const_bytes_list{&from, 1}, until);
}

result<std::size_t> byte_end::read(bytes_list into, const deadline& until) {
  const parts pieces{into};
  if (pieces.total() == 0) return 0;
  const int fd = io_.get();
  return transfer(reading, fd, POLLIN, until, [&] {
    return until.is_never() ? ::readv(fd, pieces.data(), pieces.count())
                            : read_now(fd, pieces, limit_);
  });
}

result<std::size_t> byte_end::write(const_bytes_list from, const deadline& until) {
  const parts pieces{from};
  if (pieces.total() == 0) return 0;
  const int fd = io_.get();
  const bool may_wait = until.is_never() || (limit_ & waits) == 0;
  const int wanted = call_nosignal | (may_wait ? 0 : call_nowait);
  return transfer(writing, fd, POLLOUT, until,
                  [&] { return write_some(fd, pieces, wanted, limit_); });
}

result<std::size_t> byte_end::capacity() const {
  STRAIT_TRY(const int size,
             posix::retry("ask pipe capacity", [&] { return posix::pipe_capacity(io_.get()); }));
  return static_cast<std::size_t>(size);
}

}  // namespace strait::detail
