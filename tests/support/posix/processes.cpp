// SPDX-License-Identifier: MIT
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <fstream>

#include "support/system.hpp"

namespace support {

void kill_this_process() noexcept {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

void kill_hard(std::uint32_t id) {
  ::kill(static_cast<pid_t>(id), SIGKILL);
}

strait::exit_status killed_hard() noexcept {
  return {.how = strait::exit_status::kind::signal, .value = SIGKILL};
}

strait::exit_status killed_by_strait() noexcept {
  return killed_hard();
}

void crash_quietly() noexcept {
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

void suspend(std::uint32_t id) {
  ::kill(static_cast<pid_t>(id), SIGSTOP);
  // A call in the kernel may still come to its end: only now nothing happens any more.
  siginfo_t stopped;
  ::waitid(P_PID, static_cast<id_t>(id), &stopped, WSTOPPED | WNOWAIT);
}

void resume(std::uint32_t id) {
  ::kill(static_cast<pid_t>(id), SIGCONT);
}

std::uint32_t this_process() noexcept {
  return static_cast<std::uint32_t>(::getpid());
}

std::size_t memory_in_use() {
  std::ifstream facts{"/proc/self/statm"};  // in pages: all, and those in memory
  std::size_t all = 0;
  std::size_t in_memory = 0;
  facts >> all >> in_memory;
  return in_memory * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace support
