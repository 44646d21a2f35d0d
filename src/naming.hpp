// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <strait/name.hpp>

// How names become those of a system: nothing but text, the same code everywhere. The rules stand
// in <strait/name.hpp>. Exported for their tests.
namespace strait::detail {

/// The least that `shorten` can shorten to.
inline constexpr std::size_t least_shortened = 28;

/// The 128-bit FNV-1a of `text` as 26 characters of base 32, [a-z2-7].
STRAIT_API std::string digest(std::string_view text);

/// `text` if it has at most `limit` bytes; else its beginning, `~` and its digest, `limit` bytes
/// altogether.
STRAIT_API std::string shorten(std::string_view text, std::size_t limit);

/// Where in `directory` the file of a thing stands: "DIRECTORY/NAME.KIND", at most `limit` bytes.
/// Fails with filename_too_long if the directory leaves no room.
STRAIT_API result<std::string> file_path(std::string_view directory, std::string_view text,
                                         std::string_view kind, std::size_t limit);

/// "\\.\pipe\strait.USER.NAME.KIND", at most 256 characters.
STRAIT_API std::string pipe_path(std::string_view user, std::string_view text,
                                 std::string_view kind);

/// "/strait-USER.NAME.KIND", at most `limit` bytes: 30 on macOS, 255 elsewhere.
STRAIT_API std::string shared_object_name(std::string_view user, std::string_view text,
                                          std::string_view kind, std::size_t limit);

}  // namespace strait::detail
