// SPDX-License-Identifier: MIT
#include <strait/fifo.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lock_file.hpp"
#include "../pause.hpp"
#include "posix.hpp"

namespace strait {
namespace {

constexpr auto operation = "open FIFO";

result<> check(const detail::place& where, const struct stat& facts, const name& n, access who) {
  if (!S_ISFIFO(facts.st_mode)) {
    return fail(condition::invalid_argument, operation, where.name,
                "something else than a FIFO stands there");
  }
  const bool is_trusted = n.is_native() || who != access::owner || facts.st_uid == ::geteuid() ||
                          facts.st_uid == 0;
  if (is_trusted) return {};
  return fail(condition::permission_denied, operation, where.name,
              "the FIFO belongs to another user");
}

/// No handle if there is nobody who reads.
result<handle> open_once(const detail::place& where, const name& n, access who) {
  struct stat facts{};
  if (::stat(where.path.c_str(), &facts) == -1) {
    if (errno == ENOENT) return handle{};
    return fail(posix::last_error(operation, where.name));
  }
  // Before it is opened: the reader would see a writer come and go.
  STRAIT_CHECK(check(where, facts, n, who));
  const int fd = ::open(where.path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd == -1) {
    if (errno == ENXIO || errno == ENOENT) return handle{};
    return fail(posix::last_error(operation, where.name));
  }
  auto end = handle::adopt(fd);
  if (::fstat(fd, &facts) == -1) return fail(posix::last_error(operation, where.name));
  STRAIT_CHECK(check(where, facts, n, who));  // another may stand there by now
  return end;
}

/// A shortened name may be that of another FIFO.
result<> check_name(const detail::place& where) {
  if (!where.is_shortened()) return {};
  const detail::place lock{.path = where.path + ".lock", .name = where.name};
  STRAIT_CHECK(detail::lock_file::holder(operation, lock));
  return {};
}

}  // namespace

result<fifo_writer> fifo_writer::open(const name& n, const deadline& until, const options& wish) {
  STRAIT_TRY(const auto where, detail::place_of(n, "fifo", wish.who));
  if (until.stop_requested()) return fail(condition::operation_canceled, operation, where.name);
  detail::patience patience{operation, where.name, until};
  for (;;) {
    STRAIT_TRY(auto end, open_once(where, n, wish.who));
    if (end) {
      STRAIT_CHECK(check_name(where));
      // It stays non-blocking. See docs/decisions/007.
      STRAIT_TRY(auto owned,
                 detail::byte_end::own(std::move(end), detail::byte_end::direction::writes));
      owned.never_waits();
      return fifo_writer{std::move(owned)};
    }
    STRAIT_CHECK(patience.wait());
  }
}

}  // namespace strait
