// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <mutex>

namespace strait::posix {

/// A descriptor whose lock says that this process lives. A copy of the process made by fork does
/// not keep it: it would say so after the process has died.
///
/// `fd` is closed and -1 in the copy.
struct held_lock {
  int fd = -1;
  held_lock* next = nullptr;
  held_lock** place = nullptr;  ///< What points to this one; null if it is not remembered.
};

/// While it lives, nobody in this process forks (by fork, that is: programs that strait starts keep
/// no descriptor anyway). For everything between opening such a descriptor and remembering it.
[[nodiscard]] std::unique_lock<std::mutex> hold_forks();

/// To be called under hold_forks. `lock` must not move until it is forgotten.
void remember(held_lock& lock) noexcept;
void forget(held_lock& lock) noexcept;

/// How many forks led from the process where this was first called to this one.
[[nodiscard]] std::size_t generation() noexcept;

}  // namespace strait::posix
