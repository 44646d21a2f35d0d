// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/lease.hpp>

namespace strait {

namespace posix {
class unix_seqpacket;
}

/// The process at the other end of a local_stream or unix_stream, as the system itself tells: it
/// cannot lie.
///
/// Describes who connected, or who listened, even if that process has passed its end on. Linux
/// before 6.5, macOS and FreeBSD: ask while the peer still lives, for its number is what finds it.
class peer_process {
 public:
  /// The system's number for the process. Once it has ended, another may get the same.
  [[nodiscard]] std::uint32_t id() const noexcept { return identity_.id; }
  /// Whose process it is. POSIX: the effective user's number, "1000". Windows: the SID,
  /// "S-1-5-...".
  [[nodiscard]] const std::string& user() const noexcept { return user_; }
  /// POSIX: the effective group's number. Windows: empty.
  [[nodiscard]] const std::string& group() const noexcept { return group_; }

  /// Whether that very process still runs; a zombie does not. Another one that got its number is
  /// not mistaken for it.
  [[nodiscard]] STRAIT_API bool alive() const noexcept;

 private:
  friend class local_stream;
  friend class unix_stream;
  friend class posix::unix_seqpacket;
  static result<peer_process> of_socket(native_socket s);

  process_identity identity_;
  std::string user_;
  std::string group_;
  handle process_;  ///< A pidfd or process handle; none where the system has no such thing.
};

}  // namespace strait
