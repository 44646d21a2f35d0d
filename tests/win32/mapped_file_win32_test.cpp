// SPDX-License-Identifier: MIT
// Mapped files on Windows: what a mapping forbids to others.
#include "support/win32/win32.hpp"

#include <strait/mapped_file.hpp>

#include <string>

#include <strait/mirrored_memory.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/mapped.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::as_text;
using strait::condition;
using strait::map_mode;
using strait::mapped_file;
using strait::or_throw;
using support::place_for_file;
using support::why;

TEST_CASE("a file that somebody else has mapped is not made shorter", "[mapped_file][win32]") {
  const place_for_file at{"0123456789"};
  auto one = or_throw(mapped_file::open(at.path(), {.mode = map_mode::read_write}));
  auto other = or_throw(mapped_file::open(at.path()));

  const auto refused = why(one.resize(5));
  CHECK(refused == condition::device_or_resource_busy);
  CHECK(refused.native == ERROR_USER_MAPPED_FILE);
  CHECK(as_text(one.bytes()) == "0123456789");
  CHECK(as_text(other.bytes()) == "0123456789");
  CHECK(one.resize(20));

  REQUIRE(other.close());
  CHECK(one.resize(5));
  CHECK(as_text(one.bytes()) == "01234");
}

TEST_CASE("devices and pipes are not mapped", "[mapped_file][win32]") {
  CHECK(why(mapped_file::open("NUL")) == condition::invalid_argument);
}

TEST_CASE("a section that is a file, or is not reserved, is no mirrored memory",
          "[mirrored][win32]") {
  constexpr DWORD size = 65'536;
  const place_for_file at{std::string(size, 'x')};
  const auto file = support::open_file(at.path());
  const auto section_of = [](HANDLE h, DWORD kind) {
    return strait::handle::adopt(
        ::CreateFileMappingW(h, nullptr, PAGE_READWRITE | kind, 0, size, nullptr));
  };

  CHECK(strait::mirrored_memory::adopt(section_of(INVALID_HANDLE_VALUE, SEC_COMMIT)));
  for (auto* const h : {file.get(), INVALID_HANDLE_VALUE}) {
    const auto adopted = strait::mirrored_memory::adopt(
        section_of(h, h == file.get() ? SEC_COMMIT : SEC_RESERVE));
    CHECK(why(adopted) == condition::invalid_argument);
  }
}
