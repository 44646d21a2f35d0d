// SPDX-License-Identifier: MIT
#include "../process_start.hpp"

#include "../compat.hpp"
#include "../posix.hpp"

namespace strait::posix {

result<std::uint64_t> start_of(pid_t pid) {
  constexpr auto operation = "ask when a process started";
  const int what[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
  kinfo_proc facts{};
  auto size = sizeof facts;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): not every system says const
  if (::sysctl(const_cast<int*>(what), 4, &facts, &size, nullptr, 0) == -1) {
    return fail(last_error(operation));
  }
  if (size == 0) return fail(make_error(operation, ESRCH));
  const auto start = start_time(facts);
  return static_cast<std::uint64_t>(start.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(start.tv_usec);
}

}  // namespace strait::posix
