// SPDX-License-Identifier: MIT
#include "../path_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>

#include "../fail_point.hpp"
#include "../unix_place.hpp"
#include "local_address.hpp"
#include "mode.hpp"
#include "socket_type.hpp"

namespace strait::detail {
namespace {

/// What stands at a path, if anything does.
std::optional<struct stat> look_at(const std::string& path) noexcept {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) == -1) return std::nullopt;
  return facts;
}

}  // namespace

struct path_socket::state {
  handle socket;
  lock_file lock;
  std::string path;
  std::optional<struct stat> made;  ///< What stands at `path`, for as long as it is ours.
  /// An adopted socket whose calls block: others may share it, so it is left so.
  bool blocks = false;
  std::atomic_flag taking;

  state() = default;
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { static_cast<void>(close("close socket")); }

  result<> close(const char* operation) noexcept;
  [[nodiscard]] bool is_at_path() const noexcept;
  int accept_waiting() noexcept;
};

bool path_socket::state::is_at_path() const noexcept {
  if (!made || !lock.is_held()) return false;  // a copy of the process, made by fork, owns nothing
  const auto found = look_at(path);
  return found && found->st_dev == made->st_dev && found->st_ino == made->st_ino;
}

result<> path_socket::state::close(const char* operation) noexcept {
  // First the name, while the lock keeps others from it: later it may be a successor's.
  result<> done;
  if (is_at_path() && ::unlink(path.c_str()) == -1) done = fail(posix::last_error(operation, path));
  fail_point("socket at a path: path given back");
  auto closed = socket.close();
  if (done) done = std::move(closed);
  auto released = lock.release();
  if (done) done = std::move(released);
  return done;
}

/// Accepts who waits already; -1 and EAGAIN if nobody does.
int path_socket::state::accept_waiting() noexcept {
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
result<bool> is_open(const path_plan& plan, const std::string& path) {
  STRAIT_TRY(const auto probe, posix::new_socket(plan.operation, AF_UNIX, SOCK_DGRAM));
  const posix::local_address address{path};
  if (::connect(probe.get(), address.get(), address.size()) == 0) return true;
  return errno != ECONNREFUSED && errno != ENOENT;
}

/// Sees whether a socket may stand there, for which we have the lock.
result<> check_way(const path_plan& plan) {
  const auto found = look_at(plan.where.path);
  if (!found) return {};
  if (!S_ISSOCK(found->st_mode)) {
    return fail(condition::file_exists, plan.operation, plan.where.name,
                "something else than a socket stands there");
  }
  // At a path of its own choice another program may listen, which knows nothing of our lock.
  STRAIT_TRY(const bool is_taken, plan.is_native ? is_open(plan, plan.where.path) : false);
  if (is_taken) return fail(condition::address_in_use, plan.operation, plan.where.name);
  return {};
}

/// Where the socket is made: beside its name. Only who has the lock goes there, so one path is
/// enough, and what somebody left there who was killed is in nobody's way.
result<std::string> aside_of(const path_plan& plan) {
  auto path = plan.where.path;
  if (!plan.is_native) {
    path.back() = '~';  // NAME.socke~: no longer than NAME.socket, and no other name's
    return path;
  }
  path += '~';
  if (path.size() <= posix::longest_socket_path) return path;
  return fail(condition::filename_too_long, plan.operation, plan.where.name,
              "the path is too long by one byte to make a socket beside it");
}

int as_backlog(std::uint32_t wish) noexcept {
  constexpr std::uint32_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(wish, 1U, most));
}

result<> as_result(const path_plan& plan, int done) {
  if (done == -1) return fail(posix::last_error(plan.operation, plan.where.name));
  return {};
}

result<> bind(const path_plan& plan, int socket, const posix::local_address& address) {
  return as_result(plan, ::bind(socket, address.get(), address.size()));
}

result<> listen(const path_plan& plan, int socket) {
  return as_result(plan, ::listen(socket, as_backlog(plan.backlog)));
}

/// Lets those use it who may, whatever the umask made of it.
result<> open_to(const path_plan& plan, const std::string& path) {
  // Not through a link that somebody has put there meanwhile.
  return as_result(plan,
                   ::fchmodat(AT_FDCWD, path.c_str(), posix::file_mode(plan.who) | posix::keep_bit,
                              AT_SYMLINK_NOFOLLOW));
}

void unlink_socket(const std::string& path) noexcept {
  if (const auto left = look_at(path); left && S_ISSOCK(left->st_mode)) ::unlink(path.c_str());
}

/// Gives the socket its name. Nobody can connect before listen(): the mode comes in time.
result<> publish(const path_plan& plan, int socket, const std::string& aside) {
  STRAIT_CHECK(open_to(plan, aside));
  STRAIT_CHECK(listen(plan, socket));
  fail_point("socket at a path: listens aside");
  return as_result(plan, ::rename(aside.c_str(), plan.where.path.c_str()));
}

/// Makes a socket that is not at its path before it listens.
result<> listen_at_path(const path_plan& plan, int socket) {
  STRAIT_TRY(const auto aside, aside_of(plan));
  STRAIT_TRY(const bool is_taken, is_open(plan, aside));
  if (!is_taken) unlink_socket(aside);  // else bind() says what is to be said
  fail_point("socket at a path: way is free");
  STRAIT_CHECK(bind(plan, socket, posix::local_address{aside}));
  fail_point("socket at a path: bound aside");
  if (const auto published = publish(plan, socket, aside); !published) {
    ::unlink(aside.c_str());
    return published;
  }
  fail_point("socket at a path: has its name");
  return {};
}

/// Makes one that receives from the beginning, and says where it is: so it never was elsewhere.
result<> bind_at_path(const path_plan& plan, int socket) {
  unlink_socket(plan.where.path);
  fail_point("socket at a path: way is free");
  // Linux, and FreeBSD since 14, give the file this mode at birth, less the umask. Others refuse.
  static_cast<void>(::fchmod(socket, posix::file_mode(plan.who)));
  STRAIT_CHECK(bind(plan, socket, posix::local_address{plan.where.path}));
  fail_point("socket at a path: has its name");
  const auto opened = open_to(plan, plan.where.path);
  if (!opened) ::unlink(plan.where.path.c_str());
  return opened;
}

result<> put_at_name(const path_plan& plan, int socket) {
  STRAIT_CHECK(bind(plan, socket, posix::local_address{plan.where.path, true}));
  if (plan.kind == unix_kind::datagram) return {};
  return listen(plan, socket);
}

}  // namespace

path_socket::path_socket() noexcept = default;
path_socket::path_socket(path_socket&& other) noexcept = default;
path_socket& path_socket::operator=(path_socket&& other) noexcept = default;
path_socket::~path_socket() = default;

result<path_socket> path_socket::create(const path_plan& plan) {
  const bool listens = plan.kind != unix_kind::datagram;
  path_socket made;
  made.state_ = std::make_unique<state>();
  auto& to = *made.state_;
  if (!plan.is_abstract) {
    if (listens) STRAIT_CHECK(aside_of(plan));
    STRAIT_TRY(to.lock, claim(plan));
    fail_point("socket at a path: claimed");
    STRAIT_CHECK(check_way(plan));
  }
  STRAIT_TRY(to.socket, posix::new_unix_socket(plan.operation, plan.where.name, plan.kind));
  const int socket = to.socket.get();
  // Its calls never block: of several threads that see the same peer, one gets it.
  if (listens) STRAIT_CHECK(posix::set_nonblocking(plan.operation, socket, true));
  if (plan.is_abstract) {
    STRAIT_CHECK(put_at_name(plan, socket));
    return made;
  }
  STRAIT_CHECK(listens ? listen_at_path(plan, socket) : bind_at_path(plan, socket));
  to.path = plan.where.path;
  to.made = look_at(to.path);
  return made;
}

path_socket path_socket::own(socket_handle s) {
  const int flags = ::fcntl(s.get(), F_GETFL);
  path_socket made;
  made.state_ = std::make_unique<state>();
  made.state_->blocks = flags != -1 && (flags & O_NONBLOCK) == 0;
  made.state_->socket = std::move(s);
  return made;
}

result<socket_handle> path_socket::accept(const char* operation, const deadline& until) {
  if (!state_) return fail(condition::bad_file_descriptor, operation);
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  for (;;) {
    const int fd = state_->accept_waiting();
    if (fd != -1) return socket_handle::adopt(fd);
    // Who was next has given up already; the one behind may not have.
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN) return fail(posix::last_error(operation));
    STRAIT_CHECK(posix::wait_ready(operation, state_->socket.get(), POLLIN, until));
  }
}

result<> path_socket::close(const char* operation) noexcept {
  if (!state_) return {};
  return std::exchange(state_, {})->close(operation);
}

socket_handle path_socket::release() noexcept {
  if (!state_) return {};
  const auto gone = std::exchange(state_, {});
  gone->made.reset();
  return std::move(gone->socket);
}

native_socket path_socket::native() const noexcept {
  return state_ ? state_->socket.get() : no_socket;
}

}  // namespace strait::detail
