// SPDX-License-Identifier: MIT
#include <strait/posix/socket_activation.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "posix.hpp"

namespace strait::posix {
namespace {

constexpr auto operation = "take activated sockets";

std::string_view variable(const char* name) noexcept {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

result<int> number_of(std::string_view text) noexcept {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || number < 0) {
    return fail(condition::invalid_argument, operation, text);
  }
  return number;
}

/// Cuts off what stands before the next colon.
std::string next_name(std::string_view& names) {
  const auto name = names.substr(0, names.find(':'));
  names.remove_prefix(std::min(name.size() + 1, names.size()));
  return std::string{name.empty() ? "unknown" : name};
}

}  // namespace

result<std::vector<activated_socket>> take_activated_sockets() {
  constexpr int first = 3;  // SD_LISTEN_FDS_START
  constinit static std::atomic_flag taken;
  std::vector<activated_socket> all;
  // A child inherits the variables, but they are not meant for it.
  const auto meant_for = number_of(variable("LISTEN_PID"));
  if (!meant_for || *meant_for != ::getpid() || taken.test_and_set()) return all;

  STRAIT_TRY(const int count, number_of(variable("LISTEN_FDS")));
  auto names = variable("LISTEN_FDNAMES");
  for (int fd = first; fd - first < count; ++fd) {
    STRAIT_CHECK(retry(operation, [&] { return ::fcntl(fd, F_SETFD, FD_CLOEXEC); }));
    all.push_back({.name = next_name(names), .socket = handle::adopt(fd)});
  }
  return all;
}

}  // namespace strait::posix
