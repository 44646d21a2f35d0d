// SPDX-License-Identifier: MIT
// How long mapped files are: made, found, made longer and shorter.
#include <strait/mapped_file.hpp>

#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <strait/throw.hpp>

#include "../src/fail_point.hpp"
#include "support/catch.hpp"
#include "support/mapped.hpp"
#include "support/run.hpp"

using strait::as_text;
using strait::condition;
using strait::durability;
using strait::map_mode;
using strait::mapped_file;
using strait::or_throw;
using support::content_of;
using support::is_zero;
using support::place_for_file;
using support::put;
using support::why;

namespace {

constexpr auto writes = map_mode::read_write;

}  // namespace

TEST_CASE("a new file has its size and is zero", "[mapped_file]") {
  for (const bool sparse : {false, true}) {
    const place_for_file at;
    auto file = or_throw(mapped_file::create(at.path(), 100'000, {.sparse = sparse}));

    CHECK(file.size() == 100'000);
    CHECK(is_zero(file.bytes()));
    put(file, 99'999, "!");
    REQUIRE(file.close());
    CHECK(content_of(at.file) == std::string(99'999, '\0') + "!");
  }
}

TEST_CASE("a file that is there is not made anew", "[mapped_file]") {
  const place_for_file at{"precious"};

  CHECK(why(mapped_file::create(at.path(), 100)) == condition::file_exists);
  CHECK(content_of(at.file) == "precious");
}

TEST_CASE("open_or_create makes a file, opens it, and never makes it shorter", "[mapped_file]") {
  const place_for_file at;
  {
    auto made = or_throw(mapped_file::open_or_create(at.path(), 10));
    CHECK(made.size() == 10);
    put(made, 0, "0123456789");
  }
  CHECK(or_throw(mapped_file::open_or_create(at.path(), 5)).size() == 10);
  auto longer = or_throw(mapped_file::open_or_create(at.path(), 20));
  CHECK(longer.size() == 20);
  CHECK(as_text(longer.bytes()) == std::string{"0123456789"} + std::string(10, '\0'));

  const auto part = or_throw(mapped_file::open_or_create(at.path(), 20, {.offset = 8}));
  CHECK(as_text(part.bytes().first(2)) == "89");
  CHECK(part.size() == 12);
}

TEST_CASE("who would make a file that another makes in that moment opens it", "[mapped_file]") {
  static const place_for_file* place = nullptr;
  const place_for_file at;
  place = &at;
  strait::detail::fail_point_hook = [](const char* where) noexcept {
    if (std::string_view{where} != "mapped file: not there" || place == nullptr) return;
    support::make_file(std::exchange(place, nullptr)->file, "faster");
  };
  auto file = mapped_file::open_or_create(at.path(), 10);
  strait::detail::fail_point_hook = nullptr;

  REQUIRE(file);
  CHECK(place == nullptr);
  CHECK(as_text(file->bytes()) == std::string_view{"faster\0\0\0\0", 10});
}

TEST_CASE("a view to write to makes the file longer if it reaches beyond its end",
          "[mapped_file]") {
  for (const bool sparse : {false, true}) {
    const place_for_file at{"0123456789"};
    auto file = or_throw(mapped_file::open(
        at.path(), {.mode = writes, .offset = 8, .length = 70'000, .sparse = sparse}));

    CHECK(file.file_size() == 70'008U);
    CHECK(as_text(file.bytes().first(2)) == "89");
    CHECK(is_zero(file.bytes().subspan(2)));
  }
}

TEST_CASE("an empty file is mapped to nothing, and can grow", "[mapped_file]") {
  const place_for_file at{""};
  for (const auto mode : {map_mode::read_only, writes, map_mode::copy_on_write}) {
    const auto empty = or_throw(mapped_file::open(at.path(), {.mode = mode}));
    CHECK(empty);
    CHECK(empty.bytes().empty());
    CHECK(empty.prefault(empty.bytes()));
  }
  auto file = or_throw(mapped_file::open(at.path(), {.mode = writes}));
  CHECK(file.flush(durability::full));
  REQUIRE(file.resize(5));
  put(file, 0, "grown");
  CHECK(content_of(at.file) == "grown");
  REQUIRE(file.resize(0));
  CHECK(file.bytes().empty());
  CHECK(file.file_size() == 0U);

  const place_for_file other;
  CHECK(or_throw(mapped_file::create(other.path(), 0)).bytes().empty());
}

TEST_CASE("a file is made longer and shorter with its view", "[mapped_file]") {
  const place_for_file at;
  auto file = or_throw(mapped_file::create(at.path(), 5));
  put(file, 0, "01234");

  for (const std::size_t size : {6U, 65'536U, 65'537U, 1'000'000U, 1'000'000U}) {
    REQUIRE(file.resize(size));
    CHECK(file.size() == size);
    CHECK(file.file_size() == size);
    CHECK(as_text(file.bytes().first(5)) == "01234");
    CHECK(is_zero(file.bytes().subspan(5)));
  }
  for (const std::size_t size : {999'999U, 65'536U, 3U}) {
    REQUIRE(file.resize(size));
    CHECK(file.size() == size);
    CHECK(file.file_size() == size);
  }
  CHECK(as_text(file.bytes()) == "012");
  REQUIRE(file.resize(5));
  CHECK(as_text(file.bytes()) == std::string_view{"012\0\0", 5});
}

TEST_CASE("to make a view of a part longer or shorter costs nobody what comes behind it",
          "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto part = or_throw(mapped_file::open(at.path(), {.mode = writes, .offset = 2, .length = 4}));

  CHECK(why(part.resize(3)) == condition::invalid_argument);
  CHECK(as_text(part.bytes()) == "2345");
  REQUIRE(part.resize(6));
  CHECK(as_text(part.bytes()) == "234567");
  CHECK(content_of(at.file) == "0123456789");
  REQUIRE(part.resize(9));
  CHECK(content_of(at.file) == std::string_view{"0123456789\0", 11});
  REQUIRE(part.resize(1));
  CHECK(content_of(at.file) == "012");
  CHECK(why(part.resize(std::numeric_limits<std::size_t>::max())) == condition::file_too_large);
  CHECK(as_text(part.bytes()) == "2");
}

TEST_CASE("a file that cannot have its size is not left behind", "[mapped_file]") {
  const place_for_file at;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();

  CHECK(why(mapped_file::create(at.path(), most)) == condition::file_too_large);
  CHECK_FALSE(mapped_file::create(at.path(), most / 4));
  CHECK_FALSE(mapped_file::create(at.path(), 10, {.offset = most, .length = 1}));
  CHECK_FALSE(std::filesystem::exists(at.file));
}
