// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace strait {

/// Who may use what is made here, whatever the umask.
///
/// POSIX: the mode 0600, 0660 or 0666. Windows: an access list with full rights for this user, for
/// the user's primary group as well, or for everyone.
///
/// More than the owner can only find what has a name of scope::machine or a native_name: create
/// fails with invalid_argument for others. Opening accepts an object of this user or of the
/// administrator; `group` or `everyone` there says that any owner is trusted.
enum class access : std::uint8_t { owner, group, everyone };

}  // namespace strait
