// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <strait/error.hpp>
#include <strait/handle.hpp>

namespace strait::posix {

/// A socket that was opened for this process before it was started.
struct activated_socket {
  std::string name;  ///< FileDescriptorName= of its unit; "unknown" if nobody called it anything.
  handle socket;     ///< For local_listener::adopt, if it listens.
};

/// Takes the sockets that systemd, or what starts programs as it does, has passed to this process.
///
///     for (auto& found : or_throw(posix::take_activated_sockets())) {
///       serve(found.name, or_throw(local_listener::adopt(std::move(found.socket))));
///     }
///
/// LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES of the environment tell of them. From now on no child
/// inherits them. They can be taken once: afterwards, and in a process that was started in another
/// way, there are none.
/// Fails with invalid_argument if LISTEN_FDS is no number, bad_file_descriptor if it promises more
/// than there are.
[[nodiscard]] STRAIT_API result<std::vector<activated_socket>> take_activated_sockets();

}  // namespace strait::posix
