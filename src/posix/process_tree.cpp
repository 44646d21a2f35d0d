// SPDX-License-Identifier: MIT
#include "process_tree.hpp"

#include <signal.h>
#include <sys/wait.h>

#include "../command.hpp"
#include "launch.hpp"
#include "posix.hpp"

namespace strait::posix {
namespace {

// Deaf to what is sent to the whole group. The pipe ends when nobody holds its other end any more;
// `kill 0` means the own group, keeper included.
constexpr auto script =
    "trap '' HUP INT QUIT TERM USR1 USR2 TSTP TTIN TTOU; read -r line; kill -KILL 0";

}  // namespace

result<process_tree> process_tree::create() {
  STRAIT_TRY(auto lifeline, make_pipe());
  STRAIT_TRY(const auto nowhere, detail::open_null());
  const launch_plan plan{.program = "/bin/sh",
                         .args = {"sh", "-c", script},
                         .environment = {},
                         .directory = "/",
                         .descriptors = {lifeline.reader.get(), nowhere.get(), nowhere.get()},
                         .group = 0};
  STRAIT_TRY(const pid_t keeper, launch(plan, "/bin/sh"));
  return process_tree{keeper, std::move(lifeline.writer)};
}

process_tree::~process_tree() {
  if (keeper_ == 0 || owner_ != ::getpid()) return;
  static_cast<void>(kill());
  static_cast<void>(retry("end keeper", [this] { return ::waitpid(keeper_, nullptr, 0); }));
}

result<> process_tree::kill() const noexcept {
  if (::kill(-keeper_, SIGKILL) == 0 || errno == ESRCH) return {};
  return fail(last_error("kill process group"));
}

}  // namespace strait::posix
