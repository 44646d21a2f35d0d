// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <strait/error.hpp>
#include <strait/name.hpp>

namespace strait::detail {

/// A random number that stands for one process for as long as it lives, and for none ever after.
/// Objects in shared memory hold the tokens of those who use them.
using liveness_token = std::uint64_t;

/// This process's token, for objects of that scope; made when it is first asked for, and anew in a
/// copy of the process made by fork.
///
/// POSIX: the file "TOKEN.live" in the runtime directory, locked. Windows: the named event
/// "strait.USER.TOKEN.live", whose existence is life.
STRAIT_API result<liveness_token> my_token(scope where);

/// Whether the process of that token lives: stopped ones do, zombies do not.
STRAIT_API result<bool> is_alive(liveness_token token, scope where);

}  // namespace strait::detail
