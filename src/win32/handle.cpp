// SPDX-License-Identifier: MIT
#include <strait/handle.hpp>

#include "win32.hpp"

namespace strait {

result<handle> handle::duplicate() const noexcept {
  return win32::duplicate("duplicate handle", raw_, false);
}

result<> handle::close() noexcept {
  if (!*this) return {};
  return win32::check("close handle", ::CloseHandle(release()));
}

}  // namespace strait
