// SPDX-License-Identifier: MIT
#include <strait/process.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <charconv>

#include <fmt/format.h>

#include "../command.hpp"
#include "../fail_point.hpp"
#include "../given.hpp"
#include "environment.hpp"
#include "exit_watch.hpp"
#include "launch.hpp"
#include "posix.hpp"
#include "process_tree.hpp"

namespace strait {

struct child::state {
  pid_t pid = 0;
  handle ended;  ///< Readable when the process has ended.
  std::optional<posix::process_tree> tree;
  std::optional<exit_status> status;

  state() = default;
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    const bool is_killed = tree.has_value();
    tree.reset();
    // One that runs on becomes a zombie when it ends: nobody is left to ask how.
    if (pid != 0 && !status) ::waitpid(pid, nullptr, is_killed ? 0 : WNOHANG);
  }
};

namespace {

exit_status decode(int raw) noexcept {
  if (WIFSIGNALED(raw)) {
    return {.how = exit_status::kind::signal, .value = static_cast<std::uint32_t>(WTERMSIG(raw))};
  }
  return {.how = exit_status::kind::code, .value = static_cast<std::uint32_t>(WEXITSTATUS(raw))};
}

/// What tells a descriptor from any other that may have its number later.
result<std::string> mark_of(int fd, int number) {
  struct stat facts{};
  STRAIT_CHECK(posix::retry("give handle", [&] { return ::fstat(fd, &facts); }));
  return fmt::format("{}.{}.{}", number, facts.st_dev, facts.st_ino);
}

struct child_descriptors {
  std::vector<int> numbers;
  std::string given;  ///< The text for detail::given_variable.
};

result<child_descriptors> lay_out(const command& c, const detail::standard_handles& standard) {
  child_descriptors made;
  for (const auto& h : standard.theirs) made.numbers.push_back(h.get());
  for (const auto& g : c.give) {
    made.given += (made.given.empty() ? "" : ";") + g.name();
    auto separator = '=';
    for (const auto& h : g.handles()) {
      const auto number = static_cast<int>(made.numbers.size());
      STRAIT_TRY(const auto mark, mark_of(h->get(), number));
      made.given += separator + mark;
      separator = ',';
      made.numbers.push_back(h->get());
    }
  }
  return made;
}

}  // namespace

child::child() noexcept = default;
child::child(child&& other) noexcept = default;
child& child::operator=(child&& other) noexcept = default;
child::~child() = default;

result<child> spawn(const command& c) {
  STRAIT_CHECK(detail::check(c));
  STRAIT_TRY(auto program, detail::find_program(c));
  STRAIT_TRY(auto standard, detail::open_standard_handles(c));
  STRAIT_TRY(auto descriptors, lay_out(c, standard));
  posix::launch_plan plan{.program = std::move(program),
                          .args = c.args,
                          .environment = posix::make_environment(c, descriptors.given),
                          .directory = c.directory,
                          .descriptors = std::move(descriptors.numbers),
                          .group = std::nullopt};
  plan.args.insert(plan.args.begin(), c.program);

  child made;
  made.state_ = std::make_unique<child::state>();
  if (c.die_with_parent) {
    detail::fail_point("spawn: before its keeper");
    STRAIT_TRY(auto tree, posix::process_tree::create());
    plan.group = tree.group();
    made.state_->tree.emplace(std::move(tree));
    detail::fail_point("spawn: after its keeper");
  }
  STRAIT_TRY(made.state_->pid, posix::launch(plan, c.program));
  detail::fail_point("spawn: after the child");
  auto watch = posix::exit_watch(made.state_->pid);
  if (!watch) {
    // What cannot be waited for with a deadline must not run, nor stay as a zombie.
    const pid_t pid = std::exchange(made.state_->pid, 0);
    ::kill(pid, SIGKILL);
    static_cast<void>(
        posix::retry("end child process", [&] { return ::waitpid(pid, nullptr, 0); }));
    return fail(watch.error());
  }
  made.state_->ended = *std::move(watch);
  detail::let_go(c);
  made.input = std::move(standard.input);
  made.output = std::move(standard.output);
  made.errors = std::move(standard.errors);
  return made;
}

std::uint32_t child::id() const noexcept {
  return state_ ? static_cast<std::uint32_t>(state_->pid) : 0;
}

native_handle child::native() const noexcept {
  return state_ ? state_->ended.get() : no_handle;
}

result<exit_status> child::wait(const deadline& until) {
  constexpr auto operation = "wait for child process";
  if (!state_) return fail(condition::no_child_process, operation);
  if (const auto& known = state_->status; known) return *known;
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  if (!until.is_never()) {
    STRAIT_CHECK(posix::wait_ready(operation, state_->ended.get(), POLLIN, until));
  }
  int raw = 0;
  STRAIT_CHECK(posix::retry(operation, [&] { return ::waitpid(state_->pid, &raw, 0); }));
  return state_->status.emplace(decode(raw));
}

result<> child::ask() {
  if (!state_) return fail(condition::no_child_process, "ask child process to stop");
  if (state_->status) return {};
  return posix::signal_child(state_->ended, state_->pid, SIGTERM);
}

result<> child::kill() {
  if (!state_) return fail(condition::no_child_process, "kill child process");
  if (const auto& tree = state_->tree; tree) return tree->kill();
  if (state_->status) return {};
  return posix::signal_child(state_->ended, state_->pid, SIGKILL);
}

result<handle> detail::claim_given(std::string_view mark) {
  constexpr auto operation = "take inherited";
  int number = -1;
  std::from_chars(mark.data(), mark.data() + mark.size(), number);
  // Each is passed on without close-on-exec; one that has it was taken already.
  const int flags = ::fcntl(number, F_GETFD);
  if (flags == -1 || (flags & FD_CLOEXEC) != 0) {
    return fail(condition::no_such_file_or_directory, operation);
  }
  STRAIT_TRY(const auto actual, mark_of(number, number));
  if (actual != mark) return fail(condition::no_such_file_or_directory, operation);
  STRAIT_CHECK(posix::retry(operation, [&] { return ::fcntl(number, F_SETFD, FD_CLOEXEC); }));
  return handle::adopt(number);
}

}  // namespace strait
