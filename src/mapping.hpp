// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/mapped_file.hpp>

// What mapping files, and memory twice, needs of the system. Twins: mapped_file.cpp,
// mirrored_memory.cpp.
namespace strait::detail {

/// Where a view can begin: at multiples of this.
std::size_t map_granularity() noexcept;

/// Opens a plain file. Never waits, and never opens a device.
result<handle> open_plain_file(const char* operation, std::string_view path, bool writes);

/// Makes one, empty. Fails with file_exists.
result<handle> make_plain_file(const char* operation, std::string_view path, access who);

/// Takes away the file that make_plain_file made, if it still stands there.
void remove_plain_file(std::string_view path, native_handle file) noexcept;

/// Fails with invalid_argument or is_a_directory unless it is a plain file.
result<std::uint64_t> size_of_plain_file(const char* operation, native_handle file);

/// Fails with permission_denied if it is not open as needed, where the system tells that.
result<> check_rights(const char* operation, native_handle file, bool writes);

/// Makes it `to` bytes long, which is longer than `from`.
result<> lengthen_file(const char* operation, native_handle file, std::uint64_t from,
                       std::uint64_t to, bool sparse);

/// Makes it shorter. Windows: not while it is mapped.
result<> shorten_file(const char* operation, native_handle file, std::uint64_t to);

/// Maps `size` bytes, not 0, at any offset.
result<std::byte*> map_view(const char* operation, native_handle file, map_mode mode,
                            std::uint64_t offset, std::size_t size);
result<> unmap_view(const char* operation, std::byte* data, std::size_t size) noexcept;

/// Each of these takes any part of a view that is not empty.
result<> flush_view(const char* operation, native_handle file, const_bytes part, durability how);
void advise_view(const_bytes part, advice what) noexcept;
/// `offset` is where `part` is in the file.
result<> prefault_view(const char* operation, native_handle file, std::uint64_t offset,
                       const_bytes part);

result<std::size_t> read_mapped_at(const char* operation, native_handle file, std::uint64_t offset,
                                   bytes into);
result<std::size_t> write_mapped_at(const char* operation, native_handle file, std::uint64_t offset,
                                    const_bytes from);

/// Memory that no name leads to, all zero and reserved. `size` is a multiple of map_granularity().
result<handle> make_memory(const char* operation, std::size_t size);

/// How much that is, if it is what make_memory makes. Fails with invalid_argument.
result<std::size_t> size_of_memory(const char* operation, native_handle memory);

result<std::byte*> map_twice(const char* operation, native_handle memory, std::size_t size);
result<> unmap_twice(const char* operation, std::byte* data, std::size_t size) noexcept;

}  // namespace strait::detail
