// SPDX-License-Identifier: MIT
#include "tour.hpp"

#include <stdexcept>

namespace tour {

strait::command myself_as(std::string_view role) {
  return {.program = or_throw(strait::program_path()), .args = {std::string{role}}};
}

std::vector<duration> time_each(std::size_t count, const std::function<void()>& once) {
  std::vector<duration> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    once();
    times.push_back(std::chrono::steady_clock::now() - begin);
  }
  return times;
}

std::string own_name() {
  return "tour-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
}

void expect(bool so, const char* what) {
  if (!so) throw std::runtime_error{what};
}

}  // namespace tour
