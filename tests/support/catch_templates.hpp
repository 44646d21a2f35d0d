// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

// Tests that are written once for several types. Few need them, and they take long to compile.
#if __has_include(<catch2/catch_template_test_macros.hpp>)
#include <catch2/catch_template_test_macros.hpp>
#endif
