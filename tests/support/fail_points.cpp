// SPDX-License-Identifier: MIT
#include "support/fail_points.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "../src/fail_point.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

namespace support {
namespace {

std::atomic<std::size_t>& passed() noexcept {
  static std::atomic<std::size_t> count = 0;
  return count;
}

std::atomic<std::size_t>& fatal() noexcept {
  static std::atomic<std::size_t> step = 0;
  return step;
}

void pass(const char* /*where*/) noexcept {
  if (++passed() == fatal()) kill_this_process();
}

struct pause_state {
  std::mutex guard;
  std::condition_variable changed;
  std::string where;
  bool has_come = false;
  bool may_go = false;
};

pause_state& pausing() {
  static pause_state state;
  return state;
}

void hold_up(const char* where) noexcept {
  auto& state = pausing();
  std::unique_lock lock{state.guard};
  if (state.has_come || state.where != where) return;
  state.has_come = true;
  state.changed.notify_all();
  state.changed.wait(lock, [&] { return state.may_go; });
}

}  // namespace

void kill_at(std::size_t step) noexcept {
  fatal() = step;
  passed() = 0;
  strait::detail::fail_point_hook = pass;
}

std::size_t count_steps(const std::function<void()>& work) {
  kill_at(0);
  work();
  strait::detail::fail_point_hook = nullptr;
  return passed();
}

pause_at::pause_at(std::string_view where) {
  auto& state = pausing();
  state.where = where;
  state.has_come = state.may_go = false;
  strait::detail::fail_point_hook = hold_up;
}

pause_at::~pause_at() {
  let_go();
  strait::detail::fail_point_hook = nullptr;
}

bool pause_at::wait_for_one() const {
  auto& state = pausing();
  std::unique_lock lock{state.guard};
  return state.changed.wait_for(lock, soon, [&] { return state.has_come; });
}

void pause_at::let_go() const {
  auto& state = pausing();
  const std::scoped_lock lock{state.guard};
  state.may_go = true;
  state.changed.notify_all();
}

}  // namespace support
