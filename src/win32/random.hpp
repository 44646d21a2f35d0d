// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <strait/error.hpp>

namespace strait::win32 {

/// Bits that nobody guesses.
result<std::uint64_t> random_bits(const char* operation);

}  // namespace strait::win32
