// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace support {

/// Kills this process hard at the `step`-th fail point of the library that it passes from now on,
/// counted from 1.
void kill_at(std::size_t step) noexcept;

/// At the step that is told, counted as for kill_at, calls `first` and never goes on: as a process
/// that is stopped there.
void stop_at(std::size_t step, const std::function<void()>& first);

/// How many fail points of the library `work` passes.
[[nodiscard]] std::size_t count_steps(const std::function<void()>& work);

/// Holds up the first thread that comes to this fail point, until it may go; none after it.
class pause_at {
 public:
  explicit pause_at(std::string_view where);
  pause_at(const pause_at&) = delete;
  pause_at& operator=(const pause_at&) = delete;
  ~pause_at();

  /// Whether one has come, before a long time has passed.
  [[nodiscard]] bool wait_for_one() const;
  void let_go() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace support
