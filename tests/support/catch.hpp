// SPDX-License-Identifier: MIT
#pragma once

// The only door to Catch2, for its versions 2 and 3.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/catch_version_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <type_traits>

#include <strait/error.hpp>
#include <strait/process.hpp>

// How a failed check shows what strait returned.
template <>
struct Catch::StringMaker<strait::error> {
  static std::string convert(const strait::error& e) {
    return "{" + e.message() + ", done " + std::to_string(e.done) + "}";
  }
};

template <class T>
struct Catch::StringMaker<strait::result<T>> {
  static std::string convert(const strait::result<T>& r) {
    if (!r) return StringMaker<strait::error>::convert(r.error());
    if constexpr (std::is_void_v<T>) {
      return "{success}";
    } else {
      return Catch::Detail::stringify(*r);
    }
  }
};

template <>
struct Catch::StringMaker<strait::exit_status> {
  static std::string convert(const strait::exit_status& s) { return "{" + s.message() + "}"; }
};
