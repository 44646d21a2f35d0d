// SPDX-License-Identifier: MIT
#include "../peer_credentials.hpp"

#include <sys/ucred.h>
#include <sys/un.h>

#include "../exit_watch.hpp"
#include "../socket.hpp"

namespace strait::posix {
namespace {

/// audit_token_t, which <mach/message.h> describes: auid, euid, egid, ruid, rgid, pid, asid,
/// version.
struct audit_token {
  unsigned values[8];
};

}  // namespace

result<peer_credentials> credentials_of_peer(const char* operation, int socket) {
  const auto token = socket_option<audit_token>(operation, socket, SOL_LOCAL, LOCAL_PEERTOKEN);
  const auto noted = socket_option<xucred>(operation, socket, SOL_LOCAL, LOCAL_PEERCRED);
  if (!noted && !token) return fail(noted.error());
  // The token is gone when the peer is; the note is missing between the ends of a pair.
  peer_credentials seen;
  if (token) {
    const auto& [values] = *token;
    seen = {.process = static_cast<pid_t>(values[5]), .user = values[1], .group = values[2]};
  }
  if (noted) {
    seen.user = noted->cr_uid;
    seen.group = noted->cr_groups[0];
  }
  return seen;
}

result<handle> watch_peer(int /*socket*/, pid_t process) {
  if (process == 0) return fail(condition::no_such_process, "watch peer");
  return exit_watch(process);
}

}  // namespace strait::posix
