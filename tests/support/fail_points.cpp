// SPDX-License-Identifier: MIT
#include "support/fail_points.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

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

std::function<void()>& at_step() {
  static std::function<void()> what;
  return what;
}

void pass(const char* /*where*/) noexcept {
  if (++passed() == fatal()) at_step()();
}

}  // namespace

void kill_at(std::size_t step) noexcept {
  fatal() = step;
  passed() = 0;
  at_step() = kill_this_process;
  strait::detail::fail_point_hook = pass;
}

void stop_at(std::size_t step, const std::function<void()>& first) {
  kill_at(step);
  at_step() = [first] {
    first();
    for (;;) std::this_thread::sleep_for(std::chrono::hours{1});
  };
}

std::size_t count_steps(const std::function<void()>& work) {
  kill_at(0);
  work();
  strait::detail::fail_point_hook = nullptr;
  return passed();
}

struct pause_at::state {
  std::mutex guard;
  std::condition_variable changed;
  std::string where;
  bool has_come = false;
  bool may_go = false;

  static std::atomic<state*>& current() noexcept {
    static std::atomic<state*> now = nullptr;
    return now;
  }

  static void hold_up(const char* at) noexcept {
    auto& self = *current();
    std::unique_lock lock{self.guard};
    if (self.has_come || self.where != at) return;
    self.has_come = true;
    self.changed.notify_all();
    self.changed.wait(lock, [&] { return self.may_go; });
  }
};

pause_at::pause_at(std::string_view where) : state_{std::make_unique<state>()} {
  state_->where = where;
  state::current() = state_.get();
  strait::detail::fail_point_hook = state::hold_up;
}

pause_at::~pause_at() {
  let_go();
  strait::detail::fail_point_hook = nullptr;
}

bool pause_at::wait_for_one() const {
  std::unique_lock lock{state_->guard};
  return state_->changed.wait_for(lock, soon, [&] { return state_->has_come; });
}

void pause_at::let_go() const {
  const std::scoped_lock lock{state_->guard};
  state_->may_go = true;
  state_->changed.notify_all();
}

}  // namespace support
