// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <strait/process.hpp>

namespace support {

using role_args = std::span<const std::string>;

/// What a second process does in a test. It stands beside the test, at namespace scope:
///
///     const support::role echo{"echo", [](support::role_args args) { ...; return 0; }};
///
/// and `echo.command({"arg"})` is this very program in that role. A role that throws ends with
/// exit code 90 and says why on its standard error; one that hangs is ended with exit code 91.
class role {
 public:
  using body = int (*)(role_args);

  role(const char* name, body script) noexcept : name_{name}, script_{script}, next_{first()} {
    first() = this;
  }
  role(const role&) = delete;
  role& operator=(const role&) = delete;
  ~role() = default;

  [[nodiscard]] strait::command command(std::vector<std::string> args = {}) const;

  /// What main does for `--role NAME args...`.
  static int play(std::string_view name, role_args args);

 private:
  static const role*& first() noexcept;

  const char* name_;
  body script_;
  const role* next_;
};

/// Starts the role's process.
[[nodiscard]] strait::child start(const strait::command& c);

/// Waits for the child's end, with a deadline that only a hang can miss.
[[nodiscard]] strait::exit_status end_of(strait::child& c);

/// Starts it and waits for its end.
[[nodiscard]] strait::exit_status outcome_of(const strait::command& c);

/// How a process that returned `code` from main ended.
[[nodiscard]] constexpr strait::exit_status exit_code(std::uint32_t code) noexcept {
  return {.how = strait::exit_status::kind::code, .value = code};
}

}  // namespace support
