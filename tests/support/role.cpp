// SPDX-License-Identifier: MIT
#include "support/role.hpp"

#include <cstdio>
#include <exception>

#include <strait/throw.hpp>

#include "support/run.hpp"
#include "support/system.hpp"

namespace support {
namespace {

constexpr int threw = 90;
constexpr int hung = 91;
constexpr int unknown = 92;
constexpr std::chrono::seconds patience{120};

int guarded(role::body script, role_args args) noexcept {
  try {
    return script(args);
  } catch (const std::exception& why) {
    static_cast<void>(std::fprintf(stderr, "role: %s\n", why.what()));
  }
  return threw;
}

}  // namespace

const role*& role::first() noexcept {
  static const role* head = nullptr;
  return head;
}

strait::command role::command(std::vector<std::string> args) const {
  args.insert(args.begin(), {"--role", name_});
  return {.program = strait::or_throw(strait::program_path()), .args = std::move(args)};
}

int role::play(std::string_view name, role_args args) {
  end_this_process_after(patience, hung);
  const role* chosen = nullptr;
  for (const auto* r = first(); r != nullptr; r = r->next_) {
    if (name != r->name_) continue;
    if (chosen != nullptr) return unknown;  // two roles of one name: neither is meant
    chosen = r;
  }
  return chosen != nullptr ? guarded(chosen->script_, args) : unknown;
}

strait::child start(const strait::command& c) {
  return strait::or_throw(strait::spawn(c));
}

strait::exit_status end_of(strait::child& c) {
  return strait::or_throw(c.wait(10 * soon));  // it may have much to do
}

strait::exit_status outcome_of(const strait::command& c) {
  auto child = start(c);
  return end_of(child);
}

}  // namespace support
