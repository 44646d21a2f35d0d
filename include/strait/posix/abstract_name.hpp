// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <strait/unix_address.hpp>

namespace strait::posix {

/// A name of Linux's for a socket, which is no file: at most 107 bytes, of any kind.
///
///     unix_listener::create(posix::abstract_name("program"));
///
/// Whoever is in the same network namespace may connect, whatever `access` says: see
/// unix_stream::peer(). The kernel frees it with the socket, and it can be in use, but never stale.
/// Elsewhere than on Linux who uses it fails with not_supported.
[[nodiscard]] inline unix_address abstract_name(std::string_view name) {
  unix_address made;
  made.assign(name, true);
  return made;
}

}  // namespace strait::posix
