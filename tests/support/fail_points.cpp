// SPDX-License-Identifier: MIT
#include "support/fail_points.hpp"

#include <atomic>

#include "../src/fail_point.hpp"
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

}  // namespace support
