// SPDX-License-Identifier: MIT
#include "../peer_credentials.hpp"

#include "../exit_watch.hpp"
#include "../socket.hpp"

namespace strait::posix {

result<peer_credentials> credentials_of_peer(const char* operation, int socket) {
  STRAIT_TRY(const auto seen, socket_option<ucred>(operation, socket, SOL_SOCKET, SO_PEERCRED));
  return peer_credentials{.process = seen.pid, .user = seen.uid, .group = seen.gid};
}

result<handle> watch_peer(int socket, pid_t process) {
  constexpr int so_peerpidfd = 77;  // Linux 6.5; close-on-exec by definition
  auto fd = socket_option<int>("watch peer", socket, SOL_SOCKET, so_peerpidfd);
  if (fd) return handle::adopt(*fd);
  // ENOPROTOOPT: an older kernel. Anything else: the process has ended and was reaped.
  if (fd.error().native == ENOPROTOOPT) return exit_watch(process);
  return fail(condition::no_such_process, "watch peer");
}

}  // namespace strait::posix
