// SPDX-License-Identifier: MIT
#include "../launch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <span>

#include "../compat.hpp"
#include "../posix.hpp"

namespace strait::posix {
namespace {

enum class step : int { group, directory, descriptors, program };

/// What a child that cannot become the program says before it ends.
struct report {
  step where;
  int code;
};

/// The plan in the form of the system calls. After the fork nothing is allocated.
struct raw_plan {
  const char* program;
  char* const* args;
  char* const* environment;
  const char* directory;  // null: where we are
  std::span<const int> descriptors;
  std::optional<pid_t> group;
  int report_to;
};

[[noreturn]] void give_up(int report_to, step where) noexcept {
  const report why{.where = where, .code = errno};
  // Less than PIPE_BUF, so all or nothing; and if it is nothing, nobody is left to tell.
  while (::write(report_to, &why, sizeof why) == -1 && errno == EINTR) {
  }
  ::_exit(127);
}

/// Handlers are code of the program that this process is about to leave, and until then it may
/// share the parent's memory: none of them may run here.
void reset_signals() noexcept {
  struct sigaction action{};
  for (int number = 1; number < NSIG; ++number) {
    if (::sigaction(number, nullptr, &action) == -1) continue;
    const bool is_ignored = action.sa_handler == SIG_IGN && number != SIGPIPE;
    if (is_ignored || action.sa_handler == SIG_DFL) continue;
    action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(number, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Runs in the child, perhaps on the parent's memory: system calls only.
[[noreturn]] void become(const raw_plan& plan) noexcept {
  if (plan.group && ::setpgid(0, *plan.group) == -1) give_up(plan.report_to, step::group);
  if (plan.directory != nullptr && ::chdir(plan.directory) == -1) {
    give_up(plan.report_to, step::directory);
  }
  int count = 0;
  for (const int fd : plan.descriptors) {
    if (::dup2(fd, count++) == -1) give_up(plan.report_to, step::descriptors);
  }
  // The report goes behind them, so that everything above can be closed in one sweep.
  if (::dup2(plan.report_to, count) == -1) give_up(plan.report_to, step::descriptors);
  if (::fcntl(count, F_SETFD, FD_CLOEXEC) == -1) give_up(count, step::descriptors);
  close_from(count + 1);
  reset_signals();
  ::execve(plan.program, plan.args, plan.environment);
  give_up(count, step::program);
}

[[gnu::noinline]] pid_t fork_into(const raw_plan& plan) noexcept {
  // vfork: no copy of the page tables, and the parent's thread sleeps until the child is another
  // program. Sanitizers and valgrind make it a plain fork, which serves as well.
  const pid_t pid = ::vfork();  // NOLINT: made for this
  if (pid == 0) become(plan);   // NOLINT: system calls only
  return pid;
}

/// No handler of this process may run in the child while they share memory.
pid_t fork_with_signals_blocked(const raw_plan& plan) noexcept {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork_into(plan);
  const int code = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return pid;
}

const char* operation_of(step where) noexcept {
  switch (where) {
    case step::group: return "join the process group for";
    case step::directory: return "enter the working directory for";
    case step::descriptors: return "pass handles to";
    case step::program: break;
  }
  return "start";
}

/// Nothing comes if the child became the program: its end of the pipe closed itself.
result<> hear_report(const handle& reader, pid_t pid, std::string_view subject) {
  report why{};
  STRAIT_TRY(const auto got,
             retry("start", [&] { return ::read(reader.get(), &why, sizeof why); }));
  if (got == 0) return {};
  // Who ignores SIGCHLD has no child to wait for by now. What it reported is what counts.
  static_cast<void>(retry("start", [&] { return ::waitpid(pid, nullptr, 0); }));
  return fail(make_error(operation_of(why.where), why.code, subject));
}

}  // namespace

result<pid_t> launch(const launch_plan& plan, std::string_view subject) {
  const int first_free = static_cast<int>(plan.descriptors.size()) + 1;
  STRAIT_TRY(const auto passed, lift(plan.descriptors, first_free));
  STRAIT_TRY(auto channel, make_pipe());
  STRAIT_TRY(auto report_to, lift(channel.writer.get(), first_free));
  static_cast<void>(channel.writer.close());

  std::vector<int> numbers(passed.size());
  std::ranges::transform(passed, numbers.begin(), &handle::get);
  const raw_strings args{plan.args};
  const raw_strings environment{plan.environment};
  const pid_t pid = fork_with_signals_blocked(
      {.program = plan.program.c_str(),
       .args = args.get(),
       .environment = environment.get(),
       .directory = plan.directory.empty() ? nullptr : plan.directory.c_str(),
       .descriptors = numbers,
       .group = plan.group,
       .report_to = report_to.get()});
  if (pid == -1) return fail(last_error("start", subject));

  static_cast<void>(report_to.close());  // the child's end is the only one now
  STRAIT_CHECK(hear_report(channel.reader, pid, subject));
  return pid;
}

}  // namespace strait::posix
