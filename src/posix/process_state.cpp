// SPDX-License-Identifier: MIT
// What exists once in a process: who hears SIGTERM, and which locks a fork must not copy.
#include <strait/process.hpp>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <atomic>

#include "held_lock.hpp"
#include "posix.hpp"

namespace strait {
namespace posix {
namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): fork handlers get no argument
constinit std::mutex forks;
constinit held_lock* first = nullptr;
constinit std::atomic<std::size_t> forks_to_here = 0;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

void before_fork() {
  forks.lock();
}

void after_fork_here() {
  forks.unlock();
}

void after_fork_in_child() {
  forks_to_here.fetch_add(1, std::memory_order_relaxed);
  while (first != nullptr) {
    auto& lock = *first;
    ::close(lock.fd);
    lock.fd = -1;
    forget(lock);
  }
  forks.unlock();
}

void watch_forks() noexcept {
  static const int watched = ::pthread_atfork(before_fork, after_fork_here, after_fork_in_child);
  static_cast<void>(watched);  // it fails without memory alone, and then no fork succeeds either
}

}  // namespace

std::unique_lock<std::mutex> hold_forks() {
  watch_forks();
  return std::unique_lock{forks};
}

std::size_t generation() noexcept {
  watch_forks();
  return forks_to_here.load(std::memory_order_relaxed);
}

void remember(held_lock& lock) noexcept {
  lock.next = first;
  lock.place = &first;
  if (first != nullptr) first->place = &lock.next;
  first = &lock;
}

void forget(held_lock& lock) noexcept {
  if (lock.place == nullptr) return;
  *lock.place = lock.next;
  if (lock.next != nullptr) lock.next->place = lock.place;
  lock.place = nullptr;
}

}  // namespace posix

namespace {

constexpr auto operation = "listen for a request to stop";

// A signal handler has no other way to reach anything than what is global.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
constinit std::atomic<bool> was_asked{false};
constinit std::atomic<int> bell{no_handle};  // closed when asked, so that `listener` sees the end
struct sigaction before;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

/// Whoever listened before still hears it: the application, or another copy of strait.
void pass_on(int number, siginfo_t* info, void* context) {
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  }
}

void on_terminate(int number, siginfo_t* info, void* context) {
  const int code = errno;
  was_asked = true;
  if (const int fd = bell.exchange(no_handle); fd != no_handle) ::close(fd);
  pass_on(number, info, context);
  errno = code;
}

/// Begins to listen, and returns the descriptor that ends when this process is asked to stop.
result<int> begin() {
  STRAIT_TRY(auto ends, posix::make_pipe());
  bell = ends.writer.release();
  struct sigaction action{};
  action.sa_sigaction = on_terminate;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  // Read before it is replaced: from the next line on the handler may run.
  ::sigaction(SIGTERM, nullptr, &before);
  STRAIT_CHECK(posix::retry(operation, [&] { return ::sigaction(SIGTERM, &action, nullptr); }));
  return ends.reader.release();  // for as long as the process lives
}

const result<int>& listener() {
  static const result<int> fd = begin();
  return fd;
}

}  // namespace

bool stop_requested() noexcept {
  static_cast<void>(listener());  // if it cannot listen, nobody asks: the signal ends the process
  return was_asked;
}

result<> wait_for_stop(const deadline& until) {
  STRAIT_TRY(const int fd, listener());
  if (was_asked) return {};
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  return posix::wait_ready(operation, fd, POLLIN, until);
}

}  // namespace strait
