// SPDX-License-Identifier: MIT
#include <strait/wait.hpp>

#include <algorithm>

#include "try.hpp"

namespace strait {

result<std::size_t> wait_any(std::span<readiness> things, const deadline& until) {
  constexpr auto operation = "wait for any";
  for (auto& thing : things) thing.is_ready_ = thing.thing_.what == no_handle;
  if (std::ranges::any_of(things, &readiness::is_ready)) {
    return fail(condition::bad_file_descriptor, operation);
  }
  if (things.empty() && until.is_never()) return fail(condition::invalid_argument, operation);
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);

  STRAIT_CHECK(readiness::wait(things, until));
  const auto first = std::ranges::find_if(things, &readiness::is_ready);
  return static_cast<std::size_t>(first - things.begin());
}

}  // namespace strait
