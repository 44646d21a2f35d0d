// SPDX-License-Identifier: MIT
#include "../process_identity.hpp"

#include "process_start.hpp"
#include "win32.hpp"

namespace strait {
namespace win32 {

result<std::uint64_t> start_of(const char* operation, HANDLE process) {
  FILETIME start{};
  FILETIME others[3];
  STRAIT_CHECK(
      check(operation, ::GetProcessTimes(process, &start, &others[0], &others[1], &others[2])));
  return (std::uint64_t{start.dwHighDateTime} << 32U) | start.dwLowDateTime;
}

}  // namespace win32

namespace detail {

constexpr auto operation = "ask when a process started";

result<process_identity> identify(std::uint32_t id) {
  auto opened = win32::own(operation, ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id));
  if (!opened && opened.error().native == ERROR_INVALID_PARAMETER) {
    opened.error().condition = condition::no_such_process;
  }
  if (!opened) return fail(opened.error());
  STRAIT_TRY(const auto start, win32::start_of(operation, opened->get()));
  return process_identity{.id = id, .start = start};
}

result<process_identity> this_process() {
  STRAIT_TRY(const auto start, win32::start_of(operation, ::GetCurrentProcess()));
  return process_identity{.id = ::GetCurrentProcessId(), .start = start};
}

}  // namespace detail
}  // namespace strait
