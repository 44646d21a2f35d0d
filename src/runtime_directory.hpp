// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <strait/access.hpp>
#include <strait/name.hpp>

namespace strait::detail {

/// The directory where the files of named things stand: made if it is not there, and checked each
/// time. See <strait/name.hpp> for which one it is.
///
/// Fails with permission_denied if somebody else made it, or others may change it; with
/// not_a_directory if it is none, or a symbolic link; invalid_argument if the environment names no
/// absolute path.
STRAIT_API result<std::string> runtime_directory(scope where);

/// Where the file of a named thing stands.
struct place {
  std::string path;
  std::string name;  ///< The whole name, of which the path may have a shortened form.

  [[nodiscard]] bool is_shortened() const noexcept { return path.find('~') != std::string::npos; }
};

/// The place for a thing of `kind` called `n`: "lease", "fifo", "socket". Its path has at most
/// `limit` bytes.
///
/// Fails as name::check and runtime_directory do, with filename_too_long; with invalid_argument if
/// others shall have access to what they cannot find.
STRAIT_API result<place> place_of(const name& n, std::string_view kind, access who = access::owner,
                                  std::size_t limit = 4095);

/// What stands before the name in the directory. Windows: "USER.", for there the directory is that
/// of all sessions, and names like "nul" mean something else. POSIX: nothing.
result<std::string> name_prefix(scope where);

/// Just the last of these: whether `who` can find `n` at all.
result<> check_reach(const name& n, access who);

}  // namespace strait::detail
