// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <strait/bytes.hpp>
#include <strait/error.hpp>
#include <strait/native.hpp>

// What sending a file needs of the system. Twins.
namespace strait::detail {

/// Has the system bring at most `size` bytes of the file into a connection, and waits for as long
/// as that takes; 0 at the file's end. Fails with invalid_argument or not_supported if it cannot do
/// that with this kind of file.
result<std::size_t> send_part(const char* operation, native_socket to, native_handle file,
                              std::uint64_t offset, std::size_t size);

/// Reads what the file has at `offset`; 0 at its end.
result<std::size_t> read_file_at(const char* operation, native_handle file, std::uint64_t offset,
                                 bytes into);

}  // namespace strait::detail
