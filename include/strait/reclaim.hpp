// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <strait/error.hpp>

namespace strait {

/// Removes what dead processes of this user left: leases, FIFOs, sockets, owned shared memory, and
/// whatever was being made when its maker was killed. Returns how many things that were.
///
/// What is in use, and what is persistent, is never touched. Nobody needs to call this for things
/// to work: whoever wants a name that a dead process left gets it anyway. It is for what nobody
/// will ever want again, at the start of a service, say.
///
/// Fails as the runtime directory does: permission_denied, not_a_directory.
STRAIT_API result<std::size_t> reclaim_all();

}  // namespace strait
