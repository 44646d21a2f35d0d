// SPDX-License-Identifier: MIT
#include "plugin.hpp"

#include <strait/process.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

bool plugin_runs_child(const char* argument) {
  const auto program = strait::program_path();
  if (!program) return false;
  const auto done = strait::run({.program = *program, .args = {argument}}, {}, 10s);
  return done && done->status.success() && done->output == std::string{argument};
}

void plugin_listens() {
  static_cast<void>(strait::stop_requested());
}

bool plugin_is_stopped() {
  return strait::wait_for_stop(10s) && strait::stop_requested();
}

const void* plugin_address() {
  return reinterpret_cast<const void*>(&strait::stop_requested);
}
