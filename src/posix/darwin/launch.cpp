// SPDX-License-Identifier: MIT
#include "../launch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../posix.hpp"

namespace strait::posix {
namespace {

/// What the child does before it becomes the program.
class actions {
 public:
  actions() noexcept { ::posix_spawn_file_actions_init(&list_); }
  actions(const actions&) = delete;
  actions& operator=(const actions&) = delete;
  ~actions() { ::posix_spawn_file_actions_destroy(&list_); }

  [[nodiscard]] int pass(int fd, int as) noexcept {
    return ::posix_spawn_file_actions_adddup2(&list_, fd, as);
  }
  [[nodiscard]] int enter(const char* directory) noexcept {
    return ::posix_spawn_file_actions_addchdir_np(&list_, directory);
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &list_; }

 private:
  posix_spawn_file_actions_t list_{};
};

/// POSIX_SPAWN_CLOEXEC_DEFAULT: only what an action passes on stays open, whatever flags other code
/// forgot.
class attributes {
 public:
  explicit attributes(std::optional<pid_t> group) noexcept {
    ::posix_spawnattr_init(&list_);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&list_, &none);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&list_, &defaults);
    int flags = POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (group) {
      flags |= POSIX_SPAWN_SETPGROUP;
      ::posix_spawnattr_setpgroup(&list_, *group);
    }
    ::posix_spawnattr_setflags(&list_, static_cast<short>(flags));
  }
  attributes(const attributes&) = delete;
  attributes& operator=(const attributes&) = delete;
  ~attributes() { ::posix_spawnattr_destroy(&list_); }

  [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &list_; }

 private:
  posix_spawnattr_t list_{};
};

/// posix_spawn does not say what failed: look whether it was the directory.
const char* operation_of(const launch_plan& plan) noexcept {
  if (plan.directory.empty()) return "start";
  struct stat facts{};
  const bool is_good = ::stat(plan.directory.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) &&
                       ::access(plan.directory.c_str(), X_OK) == 0;
  return is_good ? "start" : "enter the working directory for";
}

}  // namespace

result<pid_t> launch(const launch_plan& plan, std::string_view subject) {
  const auto count = static_cast<int>(plan.descriptors.size());
  STRAIT_TRY(const auto passed, lift(plan.descriptors, count));
  actions before;
  int code = 0;
  for (int i = 0; i < count && code == 0; ++i) {
    code = before.pass(passed[static_cast<std::size_t>(i)].get(), i);
  }
  if (code == 0 && !plan.directory.empty()) code = before.enter(plan.directory.c_str());
  if (code != 0) return fail(make_error("pass handles to", code, subject));

  const attributes how{plan.group};
  const raw_strings args{plan.args};
  const raw_strings environment{plan.environment};
  pid_t pid = 0;
  code = ::posix_spawn(&pid, plan.program.c_str(), before.get(), how.get(), args.get(),
                       environment.get());
  if (code != 0) return fail(make_error(operation_of(plan), code, subject));
  return pid;
}

}  // namespace strait::posix
