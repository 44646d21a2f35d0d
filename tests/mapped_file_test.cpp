// SPDX-License-Identifier: MIT
#include <strait/mapped_file.hpp>

#include <array>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/mapped.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::advice;
using strait::as_bytes;
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
using support::text_at;
using support::why;

namespace {

constexpr auto writes = map_mode::read_write;

// As much as no granularity divides evenly.
std::string long_text() {
  std::string text(200'001, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + (i % 23));
  return text;
}

}  // namespace

TEST_CASE("a mapped file has the bytes of the file", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto file = or_throw(mapped_file::open(at.path()));

  CHECK(as_text(file.bytes()) == "0123456789");
  CHECK(file.size() == 10);
  CHECK(file.file_size() == 10U);
  CHECK(file.mode() == map_mode::read_only);
  CHECK(file.writable_bytes().empty());
  CHECK_FALSE(support::is_inheritable(file.native()));
  CHECK(file);
  CHECK(file.close());
  CHECK_FALSE(file);
  CHECK(file.bytes().empty());
}

TEST_CASE("what is written to a mapped file is in the file at once", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto file = or_throw(mapped_file::open(at.path(), {.mode = writes}));
  const auto other = or_throw(mapped_file::open(at.path()));

  put(file, 3, "abc");

  CHECK(as_text(other.bytes()) == "012abc6789");
  CHECK(text_at(other, 0, 10) == "012abc6789");
  REQUIRE(file.close());
  CHECK(content_of(at.file) == "012abc6789");
}

TEST_CASE("a view begins anywhere and is as long as it was asked to be", "[mapped_file]") {
  const auto text = long_text();
  const place_for_file at{text};
  for (const std::size_t offset :
       {0U, 1U, 4095U, 4096U, 4097U, 65'535U, 65'536U, 65'537U, 131'072U}) {
    for (const std::size_t length : {1U, 10U, 4096U, 65'535U, 65'536U, 65'537U}) {
      for (const auto mode : {map_mode::read_only, writes, map_mode::copy_on_write}) {
        const auto part = or_throw(
            mapped_file::open(at.path(), {.mode = mode, .offset = offset, .length = length}));
        CHECK((as_text(part.bytes()) == std::string_view{text}.substr(offset, length)));
        CHECK(part.offset() == offset);
      }
    }
    const auto rest = or_throw(mapped_file::open(at.path(), {.offset = offset}));
    CHECK((as_text(rest.bytes()) == std::string_view{text}.substr(offset)));
  }
}

TEST_CASE("a file is mapped beyond 4 GiB", "[mapped_file]") {
  const place_for_file at;
  constexpr std::uint64_t far = 0x1'2345'6789;
  {
    auto file = or_throw(mapped_file::create(at.path(), far + 1000,
                                             {.offset = far, .length = 1000, .sparse = true}));
    CHECK(file.size() == 1000);
    CHECK(file.file_size() == far + 1000);
    CHECK(is_zero(file.bytes()));
    put(file, 0, "far away");
    REQUIRE(file.flush());
    CHECK(text_at(file, far, 8) == "far away");
    CHECK(file.write_at(far + 5, as_bytes("AWAY")) == 4U);
    CHECK(as_text(file.bytes().first(9)) == "far aAWAY");
  }
  const auto again = or_throw(mapped_file::open(at.path(), {.offset = far - 1}));
  CHECK(again.size() == 1001);
  CHECK(as_text(again.bytes().subspan(1, 9)) == "far aAWAY");
  CHECK(std::filesystem::file_size(at.file) == far + 1000);
}

TEST_CASE("a view that only reads does not reach beyond the end of the file", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const auto mode : {map_mode::read_only, map_mode::copy_on_write}) {
    const auto too_long = why(mapped_file::open(at.path(), {.mode = mode, .length = 11}));
    CHECK(too_long == condition::invalid_argument);
    CHECK(std::string_view{too_long.hint} == "the view would end beyond the file's end");
    CHECK(too_long.subject.text() == strait::subject_name{at.path()}.text());
    CHECK(why(mapped_file::open(at.path(), {.mode = mode, .offset = 5, .length = 6})) ==
          condition::invalid_argument);
    CHECK(why(mapped_file::open(at.path(), {.mode = mode, .offset = most, .length = 6})) ==
          condition::file_too_large);
    const auto end = or_throw(mapped_file::open(at.path(), {.mode = mode, .offset = 10}));
    CHECK(end.bytes().empty());
    CHECK(end);
  }
  for (const auto mode : {map_mode::read_only, writes}) {
    const auto beyond = why(mapped_file::open(at.path(), {.mode = mode, .offset = 11}));
    CHECK(beyond == condition::invalid_argument);
    CHECK(std::string_view{beyond.hint} == "the view would begin beyond the file's end");
  }
  CHECK(content_of(at.file) == "0123456789");
}

TEST_CASE("what is written to a copy is seen by nobody else", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  {
    auto copy = or_throw(mapped_file::open(at.path(), {.mode = map_mode::copy_on_write}));
    const auto other = or_throw(mapped_file::open(at.path()));
    put(copy, 2, "abc");
    REQUIRE(copy.advise(copy.bytes(), advice::dont_need));

    CHECK(as_text(copy.bytes()) == "01abc56789");
    CHECK(as_text(other.bytes()) == "0123456789");
    CHECK(text_at(copy, 0, 10) == "0123456789");
    CHECK(why(copy.flush()) == condition::permission_denied);
    CHECK(why(copy.write_at(0, as_bytes("x"))) == condition::permission_denied);
    CHECK(why(copy.resize(20)) == condition::permission_denied);
  }
  CHECK(content_of(at.file) == "0123456789");
}

TEST_CASE("what only reads neither writes nor flushes nor changes the size", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto file = or_throw(mapped_file::open(at.path()));

  CHECK(why(file.flush()) == condition::permission_denied);
  CHECK(why(file.write_at(0, as_bytes("x"))) == condition::permission_denied);
  CHECK(why(file.resize(5)) == condition::permission_denied);
  CHECK(content_of(at.file) == "0123456789");
}

TEST_CASE("all of a view or a part of it is flushed, advised on and brought into memory",
          "[mapped_file]") {
  const place_for_file at{long_text()};
  for (const std::uint64_t offset : {0U, 1U, 65'537U}) {
    auto file = or_throw(mapped_file::open(at.path(), {.mode = writes, .offset = offset}));
    const auto all = file.bytes();
    for (const auto part : {all, all.first(1), all.last(1), all.subspan(4097, 70'000)}) {
      put(file, static_cast<std::size_t>(part.data() - all.data()), "!");
      CHECK(file.flush(part));
      CHECK(file.flush(part, durability::full));
      for (const auto what :
           {advice::sequential, advice::random, advice::will_need, advice::dont_need}) {
        CHECK(file.advise(part, what));
      }
      CHECK(file.prefault(part));
      CHECK(static_cast<char>(part[0]) == '!');
    }
    CHECK(file.flush(durability::full));
    CHECK(file.flush(all.first(0)));
  }
}

TEST_CASE("bytes of something else are no part of a view", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto file = or_throw(mapped_file::open(at.path(), {.mode = writes, .offset = 2, .length = 4}));
  const std::array<std::byte, 4> other{};
  const strait::const_bytes too_long{file.bytes().data(), 5};
  const strait::const_bytes too_early{file.bytes().data() - 1, 2};

  for (const auto& part : {strait::const_bytes{other}, too_long, too_early}) {
    CHECK(why(file.flush(part)) == condition::invalid_argument);
    CHECK(why(file.advise(part, advice::random)) == condition::invalid_argument);
    CHECK(why(file.prefault(part)) == condition::invalid_argument);
  }
  CHECK(why(file.prefault(too_long)).subject.text() == strait::subject_name{at.path()}.text());
}

TEST_CASE("a file is read and written without its view", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto file = or_throw(mapped_file::open(at.path(), {.mode = writes, .offset = 4, .length = 4}));

  CHECK(text_at(file, 0, 4) == "0123");
  CHECK(text_at(file, 8, 10) == "89");
  CHECK(text_at(file, 10, 10).empty());
  CHECK(text_at(file, std::numeric_limits<std::uint64_t>::max(), 10).empty());
  CHECK(file.read_at(0, {}) == 0U);

  CHECK(file.write_at(3, as_bytes("abc")) == 3U);
  CHECK(as_text(file.bytes()) == "bc67");
  CHECK(file.write_at(12, as_bytes("z")) == 1U);
  CHECK(content_of(at.file) == std::string_view{"012abc6789\0\0z", 13});
  CHECK(file.size() == 4);
  CHECK(file.write_at(0, {}) == 0U);
  CHECK(why(file.write_at(std::numeric_limits<std::uint64_t>::max(), as_bytes("z"))) ==
        condition::file_too_large);
}

TEST_CASE("what cannot be mapped is an error with the file's name", "[mapped_file]") {
  const support::temp_directory directory;
  const auto missing = support::utf8(directory / u8"missing");
  const auto above = support::utf8(directory / u8"no" / u8"file");

  CHECK(why(mapped_file::open(missing)) == condition::no_such_file_or_directory);
  CHECK(why(mapped_file::open(missing)).subject.text() == strait::subject_name{missing}.text());
  CHECK(why(mapped_file::create(above, 1)) == condition::no_such_file_or_directory);
  CHECK(why(mapped_file::open_or_create(above, 1)) == condition::no_such_file_or_directory);
  CHECK(why(mapped_file::open({})) == condition::no_such_file_or_directory);
  CHECK(why(mapped_file::open({"a\0b", 3})) == condition::invalid_argument);
  CHECK(why(mapped_file::create({"a\0b", 3}, 1)) == condition::invalid_argument);
  for (const auto mode : {map_mode::read_only, writes}) {
    const auto no_file = why(mapped_file::open(support::utf8(directory.path()), {.mode = mode}));
    CHECK(no_file == condition::is_a_directory);
    CHECK_FALSE(no_file.subject.text().empty());
  }
  CHECK(why(mapped_file::open_or_create(support::utf8(directory.path()), 1)) ==
        condition::is_a_directory);
}

TEST_CASE("a moved mapped file is closed, and the other has what it had", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto first = or_throw(mapped_file::open(at.path(), {.mode = writes, .offset = 1}));
  const auto* const where = first.bytes().data();
  mapped_file second{std::move(first)};
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
  CHECK(first.bytes().empty());
  CHECK(why(first.flush()) == condition::bad_file_descriptor);
  CHECK(why(first.resize(1)) == condition::bad_file_descriptor);
  CHECK(why(first.file_size()) == condition::bad_file_descriptor);
  std::array<std::byte, 1> one{};
  CHECK(why(first.read_at(0, one)) == condition::bad_file_descriptor);
  CHECK(why(first.write_at(0, one)) == condition::bad_file_descriptor);
  CHECK(first.advise({}, advice::random));
  CHECK(first.close());

  first = std::move(second);
  CHECK(first.bytes().data() == where);
  CHECK(as_text(first.bytes()) == "123456789");
  CHECK(first.offset() == 1);
  first = or_throw(mapped_file::open(at.path()));
  CHECK(first.mode() == map_mode::read_only);
  CHECK_FALSE(mapped_file{});
}

TEST_CASE("a file that is open already is mapped", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto file = or_throw(mapped_file::adopt(support::open_file(at.path()), {.mode = writes}));
  put(file, 0, "abc");
  CHECK(content_of(at.file) == "abc3456789");

  auto released = file.release();
  CHECK_FALSE(file);
  CHECK(support::beginning_of(released.get()) == "abc3456789");
  const auto part = or_throw(mapped_file::adopt(std::move(released), {.offset = 8}));
  CHECK(as_text(part.bytes()) == "89");
}

TEST_CASE("what is no file, or not open as needed, is not adopted", "[mapped_file]") {
  const place_for_file at{"0123456789"};
  auto ends = or_throw(strait::pipe::create());
  CHECK(why(mapped_file::adopt(ends.reader.release())) == condition::invalid_argument);
  CHECK(why(mapped_file::adopt(strait::handle{})) == condition::bad_file_descriptor);
  CHECK(why(mapped_file::adopt(support::stale_handle())) == condition::bad_file_descriptor);

  auto reads = or_throw(mapped_file::open(at.path())).release();
  const auto refused = mapped_file::adopt(std::move(reads), {.mode = writes});
  CHECK(why(refused) == condition::permission_denied);
}
