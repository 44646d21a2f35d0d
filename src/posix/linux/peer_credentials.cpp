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
  // An older kernel does not know the option. A newer one says in various ways that the process has
  // ended and was reaped; only that we may open no more is another matter.
  const bool is_old = fd.error().native == ENOPROTOOPT;
  if (is_old && process != 0) return exit_watch(process);
  if (fd.error() == condition::too_many_files_open) return fail(fd.error());
  return fail(condition::no_such_process, "watch peer");
}

}  // namespace strait::posix
