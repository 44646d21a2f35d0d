// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "support/run.hpp"
#include "support/system.hpp"

namespace support {

std::vector<std::string> arguments(int argc, char** argv) {
  return {argv, argv + argc};
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

void set_environment_variable(const std::string& name, const std::string& value) {
  static_cast<void>(::setenv(name.c_str(), value.c_str(), 1));
}

void remove_environment_variable(const std::string& name) {
  static_cast<void>(::unsetenv(name.c_str()));
}

void end_this_process_after(std::chrono::seconds limit, int code) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread{[=] {
    std::this_thread::sleep_for(limit);
    std::_Exit(code);
  }}.detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::string_view native_not_found() noexcept {
  return "ENOENT 2";
}

std::string_view path_separator() noexcept {
  return ":";
}

bool under_wine() {
  return false;
}

}  // namespace support
