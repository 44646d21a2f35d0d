// SPDX-License-Identifier: MIT
#include <strait/bytes.hpp>

#include <array>
#include <string_view>

#include "support/catch.hpp"

TEST_CASE("text and bytes are two views of the same memory", "[bytes]") {
  constexpr const char* text = "sea\0shore";
  const auto bytes = strait::as_bytes({text, 9});

  CHECK(bytes.size() == 9);
  CHECK(static_cast<const void*>(bytes.data()) == text);
  CHECK(strait::as_text(bytes) == std::string_view{text, 9});
}

TEST_CASE("no text is no bytes", "[bytes]") {
  CHECK(strait::as_bytes("").empty());
  CHECK(strait::as_text({}).empty());
}

TEST_CASE("bytes that one may write to are bytes that one may read", "[bytes]") {
  std::array<std::byte, 3> memory{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
  const strait::bytes writable = memory;
  const strait::const_bytes readable = writable;

  CHECK(strait::as_text(readable) == "abc");
}
