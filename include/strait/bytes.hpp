// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace strait {

using bytes = std::span<std::byte>;
using const_bytes = std::span<const std::byte>;

/// Several pieces of memory, read into or written from in order, as if they were one.
using bytes_list = std::span<const bytes>;
using const_bytes_list = std::span<const const_bytes>;

[[nodiscard]] inline const_bytes as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text});
}

[[nodiscard]] inline std::string_view as_text(const_bytes data) noexcept {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

}  // namespace strait
