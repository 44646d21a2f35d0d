// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <strait/access.hpp>

namespace strait::posix {

/// The mode of a file that `who` may use.
constexpr mode_t file_mode(access who) noexcept {
  switch (who) {
    case access::owner: return 0600;
    case access::group: return 0660;
    case access::everyone: return 0666;
  }
  return 0600;
}

}  // namespace strait::posix
