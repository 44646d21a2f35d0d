// SPDX-License-Identifier: MIT
#include "../peer_credentials.hpp"

#include <sys/ucred.h>
#include <sys/un.h>

#include "../exit_watch.hpp"
#include "../socket.hpp"

namespace strait::posix {

result<peer_credentials> credentials_of_peer(const char* operation, int socket) {
  STRAIT_TRY(const auto seen, socket_option<xucred>(operation, socket, SOL_LOCAL, LOCAL_PEERCRED));
  return peer_credentials{.process = seen.cr_pid, .user = seen.cr_uid, .group = seen.cr_groups[0]};
}

result<handle> watch_peer(int /*socket*/, pid_t process) {
  if (process == 0) return fail(condition::no_such_process, "watch peer");
  return exit_watch(process);
}

}  // namespace strait::posix
