// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <strait/error.hpp>
#include <strait/handle.hpp>

namespace strait::posix {

/// Who connected, or who listened, as the kernel noted it then.
struct peer_credentials {
  pid_t process = 0;
  uid_t user = 0;
  gid_t group = 0;
};

result<peer_credentials> credentials_of_peer(const char* operation, int socket);

/// A descriptor that is readable once the peer's process has ended. Fails with no_such_process if
/// it has ended already and its number cannot be trusted to be its own.
result<handle> watch_peer(int socket, pid_t process);

}  // namespace strait::posix
