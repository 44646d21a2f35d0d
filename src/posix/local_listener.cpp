// SPDX-License-Identifier: MIT
#include <strait/local_stream.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>

#include "../fail_point.hpp"
#include "../lock_file.hpp"
#include "local_address.hpp"
#include "mode.hpp"

namespace strait {
namespace {

constexpr auto creating = "create local listener";
constexpr auto accepting = "accept local stream";
constexpr auto closing = "close local listener";
constexpr auto adopting = "adopt local listener";

/// What stands at a path, if anything does.
std::optional<struct stat> look_at(const std::string& path) noexcept {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) == -1) return std::nullopt;
  return facts;
}

}  // namespace

struct local_listener::state {
  handle socket;
  detail::lock_file lock;
  std::string path;
  std::optional<struct stat> made;  ///< What stands at `path`, for as long as it is ours.
  /// An adopted socket whose calls block: others may share it, so it is left so.
  bool blocks = false;
  std::atomic_flag taking;

  state() = default;
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { static_cast<void>(close()); }

  result<> close() noexcept;
  [[nodiscard]] bool is_at_path() const noexcept;
  int accept_waiting() noexcept;
};

bool local_listener::state::is_at_path() const noexcept {
  if (!made || !lock.is_held()) return false;  // a copy of the process, made by fork, owns nothing
  const auto found = look_at(path);
  return found && found->st_dev == made->st_dev && found->st_ino == made->st_ino;
}

result<> local_listener::state::close() noexcept {
  // First the name, while the lock keeps others from it: later it may be a successor's.
  result<> done;
  if (is_at_path() && ::unlink(path.c_str()) == -1) done = fail(posix::last_error(closing, path));
  detail::fail_point("local listener: name given back");
  auto closed = socket.close();
  if (done) done = std::move(closed);
  auto released = lock.release();
  if (done) done = std::move(released);
  return done;
}

/// Accepts who waits already; -1 and EAGAIN if nobody does.
int local_listener::state::accept_waiting() noexcept {
  if (!blocks) return posix::accept_next(socket.get());
  // Here one thread at a time asks and accepts, so what it saw is still there.
  errno = EAGAIN;
  if (taking.test_and_set()) return -1;
  pollfd entry{.fd = socket.get(), .events = POLLIN, .revents = 0};
  const int ready = ::poll(&entry, 1, 0);
  if (ready == 0) errno = EAGAIN;
  const int fd = ready > 0 ? posix::accept_next(socket.get()) : -1;
  taking.clear();
  return fd;
}

namespace {

/// Whether the socket at `path` is open in some process. A datagram socket cannot connect to one
/// that listens, which the system says (EPROTOTYPE) without troubling who listens; to one that is
/// open nowhere nothing can (ECONNREFUSED).
result<bool> is_open(const std::string& path) {
  STRAIT_TRY(const auto probe, posix::new_socket(creating, AF_UNIX, SOCK_DGRAM));
  const posix::local_address address{path};
  if (::connect(probe.get(), address.get(), posix::local_address::size()) == 0) return true;
  return errno != ECONNREFUSED && errno != ENOENT;
}

/// Sees whether a socket may stand at `where`, for which we have the lock.
result<> check_way(const detail::place& where, bool is_native) {
  const auto found = look_at(where.path);
  if (!found) return {};
  if (!S_ISSOCK(found->st_mode)) {
    return fail(condition::file_exists, creating, where.name,
                "something else than a socket stands there");
  }
  // At a path of its own choice another program may listen, which knows nothing of our lock.
  STRAIT_TRY(const bool is_taken, is_native ? is_open(where.path) : false);
  if (is_taken) return fail(condition::address_in_use, creating, where.name);
  return {};
}

/// Where the socket is made: beside its name. Only who has the lock goes there, so one path is
/// enough, and what somebody left there who was killed is in nobody's way.
result<std::string> aside_of(const detail::place& where, bool is_native) {
  auto path = where.path;
  if (!is_native) {
    path.back() = '~';  // NAME.socke~: no longer than NAME.socket, and no other name's
    return path;
  }
  path += '~';
  if (path.size() <= posix::longest_socket_path) return path;
  return fail(condition::filename_too_long, creating, where.name,
              "the path is too long by one byte to make a socket beside it");
}

int as_backlog(std::uint32_t wish) noexcept {
  constexpr std::uint32_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(wish, 1U, most));
}

result<> as_result(int done, const detail::place& where) {
  if (done == -1) return fail(posix::last_error(creating, where.name));
  return {};
}

/// Lets those connect who may, and gives the socket its name.
result<> publish(int socket, const std::string& aside, const detail::place& where,
                 const local_listener::options& wish) {
  // Nobody can connect before listen(): the mode comes in time, whatever the umask made of it.
  STRAIT_CHECK(
      as_result(::chmod(aside.c_str(), posix::file_mode(wish.who) | posix::keep_bit), where));
  STRAIT_CHECK(as_result(::listen(socket, as_backlog(wish.backlog)), where));
  detail::fail_point("local listener: listens aside");
  return as_result(::rename(aside.c_str(), where.path.c_str()), where);
}

/// Makes a socket that is not at its path before it listens.
result<handle> make_socket(const std::string& aside, const detail::place& where,
                           const local_listener::options& wish) {
  STRAIT_TRY(auto socket, posix::new_socket(creating, AF_UNIX, SOCK_STREAM));
  // Its calls never block: of several threads that see the same peer, one gets it.
  STRAIT_CHECK(posix::set_nonblocking(creating, socket.get(), true));
  if (const auto left = look_at(aside); left && S_ISSOCK(left->st_mode)) {
    STRAIT_TRY(const bool is_taken, is_open(aside));
    if (!is_taken) ::unlink(aside.c_str());  // else bind() says what is to be said
  }
  detail::fail_point("local listener: way is free");
  const posix::local_address address{aside};
  STRAIT_CHECK(as_result(::bind(socket.get(), address.get(), posix::local_address::size()), where));
  detail::fail_point("local listener: bound aside");
  if (const auto published = publish(socket.get(), aside, where, wish); !published) {
    ::unlink(aside.c_str());
    return fail(published.error());
  }
  detail::fail_point("local listener: has its name");
  return socket;
}

result<detail::lock_file> claim(const detail::place& where, access who) {
  auto claimed = detail::lock_file::claim(creating, posix::lock_of(where), who);
  if (!claimed && claimed.error() == condition::resource_unavailable_try_again) {
    return fail(condition::address_in_use, creating, where.name);
  }
  return claimed;
}

}  // namespace

local_listener::local_listener() noexcept = default;
local_listener::local_listener(local_listener&& other) noexcept = default;
local_listener& local_listener::operator=(local_listener&& other) noexcept = default;
local_listener::~local_listener() = default;
local_listener::local_listener(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

result<local_listener> local_listener::create(const name& n, const options& wish) {
  STRAIT_TRY(const auto where, posix::socket_place(n, wish.who));
  STRAIT_TRY(const auto aside, aside_of(where, n.is_native()));
  auto made = std::make_unique<state>();
  STRAIT_TRY(made->lock, claim(where, wish.who));
  detail::fail_point("local listener: claimed");
  STRAIT_CHECK(check_way(where, n.is_native()));
  STRAIT_TRY(made->socket, make_socket(aside, where, wish));
  made->path = where.path;
  made->made = look_at(made->path);
  return local_listener{std::move(made)};
}

result<local_stream> local_listener::accept(const deadline& until) {
  if (!state_) return fail(condition::bad_file_descriptor, accepting);
  if (until.stop_requested()) return fail(condition::operation_canceled, accepting);
  for (;;) {
    const int fd = state_->accept_waiting();
    if (fd != -1) return local_stream::own(handle::adopt(fd));
    // Who was next has given up already; the one behind may not have.
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN) return fail(posix::last_error(accepting));
    STRAIT_CHECK(posix::wait_ready(accepting, state_->socket.get(), POLLIN, until));
  }
}

readiness local_listener::acceptable() const noexcept {
  return readiness{{.what = native(), .until = detail::watched::kind::readable}};
}

result<> local_listener::close() noexcept {
  if (!state_) return {};
  return std::exchange(state_, {})->close();
}

result<local_listener> local_listener::adopt(handle h) {
  const auto fits = posix::is_local(adopting, h.get());
  if (!fits && fits.error() != condition::not_a_socket) return fail(fits.error());
  const auto listens = posix::socket_option<int>(adopting, h.get(), SOL_SOCKET, SO_ACCEPTCONN);
  if (!fits.value_or(false) || listens.value_or(0) == 0) {
    return fail(condition::invalid_argument, adopting);
  }
  STRAIT_TRY(const int flags, posix::retry(adopting, [&] { return ::fcntl(h.get(), F_GETFL); }));
  auto made = std::make_unique<state>();
  made->blocks = (flags & O_NONBLOCK) == 0;
  made->socket = std::move(h);
  return local_listener{std::move(made)};
}

native_handle local_listener::native() const noexcept {
  return state_ ? state_->socket.get() : no_handle;
}

}  // namespace strait
