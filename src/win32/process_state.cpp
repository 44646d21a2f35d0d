// SPDX-License-Identifier: MIT
// What exists once in a process: who hears that it should stop.
#include <strait/process.hpp>

#include <fmt/format.h>
#include <fmt/xchar.h>

#include "security.hpp"
#include "stop_event.hpp"

namespace strait {
namespace {

constexpr auto listening = "listen for a request to stop";

const result<handle>& listener() {
  static const auto event = win32::stop_event(listening, ::GetCurrentProcessId());
  return event;
}

}  // namespace

result<handle> win32::stop_event(const char* operation, DWORD id) {
  STRAIT_TRY(const auto allowed, win32::rights::make());
  auto attributes = allowed.attributes();
  const auto name = fmt::format(LR"(Local\strait.stop.{})", id);
  return own(operation, ::CreateEventW(&attributes, TRUE, FALSE, name.c_str()));
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for a name it ends here
bool stop_requested() noexcept {
  const auto& event = listener();
  return event && ::WaitForSingleObject(event->get(), 0) == WAIT_OBJECT_0;
}

result<> wait_for_stop(const deadline& until) {
  const auto& event = listener();
  if (!event) return fail(event.error());
  if (until.stop_requested()) return fail(condition::operation_canceled, listening);
  return win32::wait_for(listening, event->get(), until);
}

}  // namespace strait
