// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/durability.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>

// Plain files, as locks and those who write files need them. Twins.
namespace strait::detail {

struct disk_file_wish {
  bool write = true;
  bool append = false;         ///< Writes go to the end, wherever it is then.
  bool create = true;          ///< If it is not there.
  access who = access::owner;  ///< Who may use what is made.
};

/// Opens a plain file. Never waits, and never opens a device that does something when it is opened.
///
/// Fails with is_a_directory, invalid_argument if it is no plain file; as the system does.
result<handle> open_disk_file(const char* operation, std::string_view path,
                              const disk_file_wish& wish);

/// Just the last check.
result<> check_disk_file(const char* operation, native_handle file, std::string_view path);

result<bool> can_write(const char* operation, native_handle file);
result<std::uint64_t> length_of(const char* operation, native_handle file);

/// Writes all of it at the end: in one call, unless the system stops early. error::done tells how
/// much it was before it failed.
result<> append_to(const char* operation, native_handle file, const_bytes from);
/// Makes the file so long.
result<> cut_to(const char* operation, native_handle file, std::uint64_t size);
result<> flush(const char* operation, native_handle file, durability how);

}  // namespace strait::detail
