// SPDX-License-Identifier: MIT
#pragma once

#include <strait/lease.hpp>

namespace strait::detail {

/// The process that has the number `id` now. Fails with no_such_process if none has.
result<process_identity> identify(std::uint32_t id);

/// This process.
result<process_identity> this_process();

}  // namespace strait::detail
