// SPDX-License-Identifier: MIT
#include "launch.hpp"

#include <memory>
#include <span>

namespace strait::win32 {
namespace {

constexpr auto operation = "start";

/// What CreateProcess gets beyond its parameters.
class attribute_list {
 public:
  static result<attribute_list> create(DWORD count) {
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, count, 0, &size);
    attribute_list list{size};
    STRAIT_CHECK(
        check(operation, ::InitializeProcThreadAttributeList(list.get(), count, 0, &size)));
    list.is_made_ = true;
    return list;
  }

  attribute_list(attribute_list&& other) noexcept
      : memory_{std::move(other.memory_)}, is_made_{std::exchange(other.is_made_, false)} {}
  attribute_list& operator=(attribute_list&&) = delete;
  ~attribute_list() {
    if (is_made_) ::DeleteProcThreadAttributeList(get());
  }

  /// `handles` must outlive the list.
  [[nodiscard]] result<> set(DWORD_PTR attribute, std::span<HANDLE> handles) const {
    return check(operation, ::UpdateProcThreadAttribute(get(), 0, attribute,
                                                        static_cast<void*>(handles.data()),
                                                        handles.size_bytes(), nullptr, nullptr));
  }
  [[nodiscard]] LPPROC_THREAD_ATTRIBUTE_LIST get() const noexcept {
    return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.get());
  }

 private:
  explicit attribute_list(std::size_t size) : memory_{std::make_unique<std::byte[]>(size)} {}

  std::unique_ptr<std::byte[]> memory_;
  bool is_made_ = false;
};

/// A console program of one without a console would open a window.
DWORD window_flag() noexcept {
  return ::GetConsoleCP() == 0 ? CREATE_NO_WINDOW : 0;
}

const wchar_t* or_null(const std::wstring& text) noexcept {
  return text.empty() ? nullptr : text.c_str();
}

result<> check_directory(const launch_plan& plan, std::string_view subject) {
  if (plan.directory.empty()) return {};
  constexpr auto entering = "enter the working directory for";
  const auto attributes = ::GetFileAttributesW(plan.directory.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return fail(last_error(entering, subject));
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return {};
  return fail(make_error(entering, ERROR_DIRECTORY, subject));
}

}  // namespace

result<launched> launch(launch_plan& plan, std::string_view subject) {
  STRAIT_CHECK(check_directory(plan, subject));
  constexpr std::size_t longest_command_line = 32766;
  if (plan.command_line.size() > longest_command_line) {
    return fail(condition::argument_list_too_long, operation, subject);
  }
  // Without a job there is nothing to say about one.
  STRAIT_TRY(auto attributes, attribute_list::create(plan.job != nullptr ? 2 : 1));
  STRAIT_CHECK(attributes.set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, plan.inheritable));
  if (plan.job != nullptr) {
    STRAIT_CHECK(attributes.set(PROC_THREAD_ATTRIBUTE_JOB_LIST, {&plan.job, 1}));
  }
  STARTUPINFOEXW how{};
  how.StartupInfo.cb = sizeof how;
  how.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  how.StartupInfo.hStdInput = plan.standard[0];
  how.StartupInfo.hStdOutput = plan.standard[1];
  how.StartupInfo.hStdError = plan.standard[2];
  how.lpAttributeList = attributes.get();
  PROCESS_INFORMATION made{};
  const DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT | window_flag();
  if (!::CreateProcessW(plan.program.c_str(), plan.command_line.data(), nullptr, nullptr, TRUE,
                        flags, plan.environment.data(), or_null(plan.directory), &how.StartupInfo,
                        &made)) {
    return fail(last_error(operation, subject));
  }
  ::CloseHandle(made.hThread);
  return launched{.process = handle::adopt(made.hProcess), .id = made.dwProcessId};
}

}  // namespace strait::win32
