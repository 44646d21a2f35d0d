// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>

namespace support {

/// Kills this process hard at the `step`-th fail point of the library that it passes from now on,
/// counted from 1.
void kill_at(std::size_t step) noexcept;

/// How many fail points of the library `work` passes.
[[nodiscard]] std::size_t count_steps(const std::function<void()>& work);

}  // namespace support
