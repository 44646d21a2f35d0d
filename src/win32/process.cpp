// SPDX-License-Identifier: MIT
#include <strait/process.hpp>

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "../command.hpp"
#include "../fail_point.hpp"
#include "../given.hpp"
#include "command_line.hpp"
#include "environment.hpp"
#include "launch.hpp"
#include "process_tree.hpp"
#include "stop_event.hpp"

namespace strait {

struct child::state {
  DWORD id = 0;
  handle process;
  std::optional<win32::process_tree> tree;
  handle stop;  ///< Set when the process was asked to end; lives until it has.
};

namespace {

exit_status decode(DWORD code) noexcept {
  // Warnings and errors of the system; -1 and other codes that programs choose are not among them.
  const auto severity = code >> 28U;
  const bool is_ntstatus = severity == 0x8 || severity == 0xC;
  return {.how = is_ntstatus ? exit_status::kind::ntstatus : exit_status::kind::code,
          .value = code};
}

/// Duplicates that can be inherited. They live for the moment of the start only.
struct child_handles {
  std::vector<handle> duplicates;
  std::string given;  ///< The text for detail::given_variable.

  result<HANDLE> add(const handle& h) {
    STRAIT_TRY(auto copy, win32::duplicate("pass handles to child process", h.get(), true));
    return duplicates.emplace_back(std::move(copy)).get();
  }
};

result<child_handles> lay_out(const command& c, const detail::standard_handles& standard) {
  child_handles made;
  for (const auto& h : standard.theirs) STRAIT_CHECK(made.add(h));
  for (const auto& g : c.give) {
    made.given += (made.given.empty() ? "" : ";") + g.name();
    auto separator = '=';
    for (const auto& h : g.handles()) {
      STRAIT_TRY(auto* const copy, made.add(*h));
      // The child has it under the same value.
      made.given += fmt::format("{}{:x}", separator, reinterpret_cast<std::uintptr_t>(copy));
      separator = ',';
    }
  }
  return made;
}

result<std::wstring> make_command_line(const command& c) {
  STRAIT_TRY(auto line, win32::widen(c.program));
  line = L'"' + line + L'"';  // the name of the program is read by simpler rules
  for (const auto& arg : c.args) {
    STRAIT_TRY(const auto wide, win32::widen(arg));
    win32::append_argument(line, wide);
  }
  return line;
}

result<win32::launch_plan> make_plan(const command& c, const child_handles& handles) {
  win32::launch_plan plan{};
  STRAIT_TRY(const auto program, detail::find_program(c));
  STRAIT_TRY(plan.program, win32::widen(program));
  STRAIT_TRY(plan.command_line, make_command_line(c));
  STRAIT_TRY(plan.environment, win32::make_environment(c, handles.given));
  STRAIT_TRY(plan.directory, win32::widen(c.directory));
  for (const auto& h : handles.duplicates) plan.inheritable.push_back(h.get());
  std::copy_n(plan.inheritable.begin(), plan.standard.size(), plan.standard.begin());
  return plan;
}

}  // namespace

child::child() noexcept = default;
child::child(child&& other) noexcept = default;
child& child::operator=(child&& other) noexcept = default;
child::~child() = default;

result<child> spawn(const command& c) {
  STRAIT_CHECK(detail::check(c));
  STRAIT_TRY(auto standard, detail::open_standard_handles(c));
  STRAIT_TRY(auto handles, lay_out(c, standard));
  STRAIT_TRY(auto plan, make_plan(c, handles));

  child made;
  made.state_ = std::make_unique<child::state>();
  if (c.die_with_parent) {
    detail::fail_point("spawn: before its job");
    STRAIT_TRY(auto tree, win32::process_tree::create());
    plan.job = tree.job();
    made.state_->tree.emplace(std::move(tree));
    detail::fail_point("spawn: after its job");
  }
  STRAIT_TRY(auto started, win32::launch(plan, c.program));
  detail::fail_point("spawn: after the child");
  made.state_->process = std::move(started.process);
  made.state_->id = started.id;
  detail::let_go(c);
  made.input = std::move(standard.input);
  made.output = std::move(standard.output);
  made.errors = std::move(standard.errors);
  return made;
}

std::uint32_t child::id() const noexcept {
  return state_ ? state_->id : 0;
}

native_handle child::native() const noexcept {
  return state_ ? state_->process.get() : no_handle;
}

result<exit_status> child::wait(const deadline& until) {
  constexpr auto operation = "wait for child process";
  if (!state_) return fail(condition::no_child_process, operation);
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  STRAIT_CHECK(win32::wait_for(operation, state_->process.get(), until));
  DWORD code = 0;
  STRAIT_CHECK(win32::check(operation, ::GetExitCodeProcess(state_->process.get(), &code)));
  return decode(code);
}

result<> child::ask() {
  constexpr auto operation = "ask child process to stop";
  if (!state_) return fail(condition::no_child_process, operation);
  STRAIT_TRY(state_->stop, win32::stop_event(operation, state_->id));
  return win32::check(operation, ::SetEvent(state_->stop.get()));
}

result<> child::kill() {
  constexpr auto operation = "kill child process";
  if (!state_) return fail(condition::no_child_process, operation);
  if (const auto& tree = state_->tree; tree) return tree->kill();
  if (::TerminateProcess(state_->process.get(), win32::killed)) return {};
  const auto code = ::GetLastError();
  // One that has ended already cannot be ended, and need not be.
  if (::WaitForSingleObject(state_->process.get(), 0) == WAIT_OBJECT_0) return {};
  return fail(win32::make_error(operation, code));
}

result<handle> detail::claim_given(std::string_view mark) {
  constexpr auto operation = "take inherited";
  std::uintptr_t value = 0;
  std::from_chars(mark.data(), mark.data() + mark.size(), value, 16);
  auto* const raw = reinterpret_cast<HANDLE>(value);  // NOLINT(performance-no-int-to-ptr)
  // Each comes inheritable; one that is not was taken already.
  DWORD flags = 0;
  if (!::GetHandleInformation(raw, &flags) || (flags & HANDLE_FLAG_INHERIT) == 0) {
    return fail(condition::no_such_file_or_directory, operation);
  }
  STRAIT_CHECK(win32::check(operation, ::SetHandleInformation(raw, HANDLE_FLAG_INHERIT, 0)));
  return handle::adopt(raw);
}

}  // namespace strait
