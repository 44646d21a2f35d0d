// SPDX-License-Identifier: MIT
#include "process_tree.hpp"

namespace strait::win32 {

result<process_tree> process_tree::create() {
  constexpr auto operation = "make job for child process";
  STRAIT_TRY(auto job, own(operation, ::CreateJobObjectW(nullptr, nullptr)));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  STRAIT_CHECK(
      check(operation, ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation,
                                                 &limits, sizeof limits)));
  return process_tree{std::move(job)};
}

result<> process_tree::kill() const noexcept {
  return check("kill job", ::TerminateJobObject(job_.get(), killed));
}

}  // namespace strait::win32
