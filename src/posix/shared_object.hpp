// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <strait/error.hpp>
#include <strait/handle.hpp>

// What each system has of its own about shm_open: linux/, freebsd/, darwin/.
namespace strait::posix {

/// Whether the locks of files work on shared objects; else a file stands beside each one for them.
bool has_object_locks() noexcept;

/// How many bytes the name of one has at most, the slash included.
std::size_t longest_object_name() noexcept;

/// Those whose names begin with `prefix`, where the system can list them.
std::vector<std::string> objects_called(std::string_view prefix);

/// The same object, only to be read. `name` is empty if it has none.
result<handle> open_read_only(const char* operation, int object, const std::string& name);

/// Whether the system is willing to use huge pages for the memory, and has been asked to.
bool ask_for_huge_pages(std::span<std::byte> memory) noexcept;

}  // namespace strait::posix
