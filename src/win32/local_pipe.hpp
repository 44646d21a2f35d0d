// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <strait/deadline.hpp>
#include <strait/name.hpp>

#include "../runtime_directory.hpp"
#include "security.hpp"

// The duplex pipes of messages that local_stream and local_listener stand on.
namespace strait::win32 {

/// What an end is open for: all that a client needs, and no FILE_CREATE_PIPE_INSTANCE, with which
/// it could listen under the same name. GENERIC_WRITE would ask for that, too.
inline constexpr DWORD duplex_access = FILE_GENERIC_READ | FILE_WRITE_DATA | FILE_WRITE_EA |
                                       FILE_WRITE_ATTRIBUTES;
/// The same for those beside the owner, as an access list has it.
inline constexpr auto duplex_access_text = L"0x12019b";
static_assert(duplex_access == 0x12019b);

/// Makes an instance, which clients can connect to at once. `flags` are added to its open mode.
result<handle> make_instance(const char* operation, const std::wstring& path, const rights& allowed,
                             DWORD flags, DWORD most_instances = PIPE_UNLIMITED_INSTANCES,
                             std::string_view subject = {});

/// Opens the other end.
result<handle> open_instance(const char* operation, const std::wstring& path,
                             std::string_view subject = {});

/// The lock file that says whose the name is. A native name is none of a file, and has no such.
result<detail::place> lock_place(const name& n, access who);

// peer.cpp: who is at the other end

/// The moment, in the unit of process_identity::start.
std::uint64_t now() noexcept;

/// Says, for as long as the result lives, that `end` is in this process. Nothing if it is no end of
/// a pair: others do not need it, because the system itself knows who has connected.
result<handle> claim_pair_end(const char* operation, HANDLE end);

/// What pipes of pairs are called.
inline constexpr auto pair_kind = L"strait.pair";

/// The process that the other end of a pair is in, opened for `wanted` as well. Waits for it if
/// that end is on its way to a child.
///
/// Fails with broken_pipe if it was closed, timed_out, operation_canceled, permission_denied.
result<handle> other_process_of_pair(const char* operation, HANDLE end, DWORD wanted,
                                     const deadline& until);

/// The process that connected or listened, opened for `wanted` as well. It must have been there at
/// the moment `since`: a younger one has but got its number.
///
/// Fails with no_such_process, permission_denied.
result<handle> other_process(const char* operation, HANDLE end, DWORD wanted, std::uint64_t since);

/// Fails with permission_denied if the peer is another user, unless it is the system: who has no
/// rights in this process cannot have put handles there, and may only say so.
result<> check_sender(const char* operation, HANDLE end, std::uint64_t since);

}  // namespace strait::win32
