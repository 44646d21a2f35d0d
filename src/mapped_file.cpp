// SPDX-License-Identifier: MIT
#include <strait/mapped_file.hpp>

#include <algorithm>
#include <limits>
#include <utility>

#include "fail_point.hpp"
#include "mapping.hpp"
#include "try.hpp"

namespace strait {
namespace {

using detail::fail_point;

constexpr auto opening = "open mapped file";
constexpr auto creating = "create mapped file";
constexpr auto adopting = "adopt mapped file";
constexpr auto resizing = "resize mapped file";
constexpr auto flushing = "flush mapped file";
constexpr auto closing = "close mapped file";

constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();  // as offsets go

/// The library's services do not know what the file is called.
template <class T>
result<T> named(result<T> done, const subject_name& path) noexcept {
  if (!done && done.error().subject.text().empty()) done.error().subject = path;
  return done;
}

/// Systems would take a path with a zero in it for what stands before that.
result<> check_path(const char* operation, std::string_view path) {
  if (path.find('\0') == std::string_view::npos) return {};
  return fail(condition::invalid_argument, operation, path, "there is a zero in the path");
}

/// Where a view ends, and the file at least.
result<std::uint64_t> end_of(const char* operation, const mapped_file_options& wish,
                             std::uint64_t file_size) {
  if (wish.length == mapped_file_options::to_the_end) {
    if (wish.offset <= file_size) return file_size;
  } else if (wish.offset > longest || wish.length > longest - wish.offset) {
    return fail(condition::file_too_large, operation);
  } else if (wish.offset + wish.length <= file_size || wish.mode == map_mode::read_write) {
    return wish.offset + wish.length;
  }
  return fail(condition::invalid_argument, operation, {},
              wish.offset > file_size ? "the view would begin beyond the file's end"
                                      : "the view would end beyond the file's end");
}

result<std::size_t> length_of_view(const char* operation, std::uint64_t offset, std::uint64_t end) {
  constexpr std::uint64_t most = std::numeric_limits<std::ptrdiff_t>::max();
  if (end - offset <= most) return static_cast<std::size_t>(end - offset);
  return fail(condition::not_enough_memory, operation, {}, "it is longer than the address space");
}

mapped_file_options view_of(const new_file_options& wish) noexcept {
  return {.mode = map_mode::read_write,
          .offset = wish.offset,
          .length = wish.length,
          .sparse = wish.sparse};
}

}  // namespace

mapped_file::mapped_file(mapped_file&& other) noexcept
    : file_{std::move(other.file_)},
      data_{std::exchange(other.data_, nullptr)},
      size_{std::exchange(other.size_, 0)},
      offset_{std::exchange(other.offset_, 0)},
      mode_{other.mode_},
      sparse_{other.sparse_},
      path_{other.path_} {}

mapped_file& mapped_file::operator=(mapped_file&& other) noexcept {
  mapped_file taken{std::move(other)};
  std::swap(file_, taken.file_);
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  std::swap(offset_, taken.offset_);
  std::swap(mode_, taken.mode_);
  std::swap(sparse_, taken.sparse_);
  std::swap(path_, taken.path_);
  return *this;
}

mapped_file::~mapped_file() {
  static_cast<void>(unmap());
}

result<mapped_file> mapped_file::open(std::string_view path, const open_options& wish) {
  STRAIT_CHECK(check_path(opening, path));
  STRAIT_TRY(auto file, detail::open_plain_file(opening, path, wish.mode == map_mode::read_write));
  return map(opening, path, file, wish);
}

result<mapped_file> mapped_file::create(std::string_view path, std::uint64_t size,
                                        const create_options& wish) {
  STRAIT_CHECK(check_path(creating, path));
  STRAIT_TRY(auto file, detail::make_plain_file(creating, path, wish.who));
  fail_point("mapped file: made");
  auto made = map(creating, path, file, view_of(wish), size);
  if (!made) detail::remove_plain_file(path, file.get());
  return made;
}

result<mapped_file> mapped_file::open_or_create(std::string_view path, std::uint64_t size,
                                                const create_options& wish) {
  STRAIT_CHECK(check_path(opening, path));
  constexpr int rounds = 100;  // more than any race; a link to nothing is in the way for ever
  for (int round = 1;; ++round) {
    auto file = detail::open_plain_file(opening, path, true);
    if (file) return map(opening, path, *file, view_of(wish), size);
    if (file.error() != condition::no_such_file_or_directory) return fail(file.error());
    fail_point("mapped file: not there");
    auto made = create(path, size, wish);
    if (made || made.error() != condition::file_exists || round == rounds) return made;
  }
}

result<mapped_file> mapped_file::adopt(handle file, const open_options& wish) {
  STRAIT_CHECK(detail::size_of_plain_file(adopting, file.get()));
  STRAIT_CHECK(detail::check_rights(adopting, file.get(), wish.mode == map_mode::read_write));
  return map(adopting, {}, file, wish);
}

result<mapped_file> mapped_file::map(const char* operation, std::string_view path, handle& file,
                                     const open_options& wish, std::uint64_t at_least) {
  mapped_file made;
  made.path_ = path;
  const auto mapped = made.map(operation, file.get(), wish, at_least);
  if (!mapped) return named<mapped_file>(fail(mapped.error()), path);
  made.file_ = std::move(file);
  return made;
}

result<> mapped_file::map(const char* operation, native_handle file, const open_options& wish,
                          std::uint64_t at_least) {
  STRAIT_TRY(const auto found, detail::size_of_plain_file(operation, file));
  if (at_least > longest) return fail(condition::file_too_large, operation);
  STRAIT_TRY(const auto end, end_of(operation, wish, std::max(found, at_least)));
  STRAIT_TRY(const auto length, length_of_view(operation, wish.offset, end));
  const auto needed = std::max(end, at_least);
  if (needed > found) {
    STRAIT_CHECK(detail::lengthen_file(operation, file, found, needed, wish.sparse));
  }
  if (length > 0) {
    STRAIT_TRY(data_, detail::map_view(operation, file, wish.mode, wish.offset, length));
  }
  size_ = length;
  offset_ = wish.offset;
  mode_ = wish.mode;
  sparse_ = wish.sparse;
  return {};
}

result<> mapped_file::unmap() noexcept {
  if (size_ == 0) return {};
  return detail::unmap_view(closing, std::exchange(data_, nullptr), std::exchange(size_, 0));
}

result<std::uint64_t> mapped_file::file_size() const {
  return named(detail::size_of_plain_file("ask for the size of mapped file", file_.get()), path_);
}

result<> mapped_file::check_part(const char* operation, const_bytes part) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(data_);
  const auto at = reinterpret_cast<std::uintptr_t>(part.data());
  const bool is_inside = at >= begin && at - begin <= size_ && part.size() <= size_ - (at - begin);
  if (is_inside || part.empty()) return {};
  return fail(error{.condition = condition::invalid_argument,
                    .operation = operation,
                    .subject = path_,
                    .hint = "the bytes are no part of the view"});
}

result<> mapped_file::check_writable(const char* operation) const {
  if (!file_) return fail(condition::bad_file_descriptor, operation);
  if (mode_ == map_mode::read_write) return {};
  return fail(error{.condition = condition::permission_denied,
                    .operation = operation,
                    .subject = path_,
                    .hint = "it is not open for writing: map_mode::read_write"});
}

result<> mapped_file::flush(const_bytes part, durability how) const {
  STRAIT_CHECK(check_writable(flushing));
  STRAIT_CHECK(check_part(flushing, part));
  return named(detail::flush_view(flushing, file_.get(), part, how), path_);
}

result<> mapped_file::advise(const_bytes part, advice what) const {
  STRAIT_CHECK(check_part("advise on mapped file", part));
  if (!part.empty()) detail::advise_view(part, what);
  return {};
}

result<> mapped_file::prefault(const_bytes part) const {
  constexpr auto operation = "bring mapped file into memory";
  STRAIT_CHECK(check_part(operation, part));
  if (part.empty()) return {};
  const auto at = offset_ + static_cast<std::uint64_t>(part.data() - data_);
  return named(detail::prefault_view(operation, file_.get(), at, part), path_);
}

result<> mapped_file::resize(std::size_t n) {
  STRAIT_CHECK(check_writable(resizing));
  return named(n < size_ ? shorten(n) : lengthen(n), path_);
}

result<> mapped_file::lengthen(std::size_t n) {
  if (n > std::numeric_limits<std::ptrdiff_t>::max() || n > longest - offset_) {
    return fail(condition::file_too_large, resizing);
  }
  STRAIT_TRY(const auto found, detail::size_of_plain_file(resizing, file_.get()));
  const auto end = offset_ + n;
  if (end > found) {
    STRAIT_CHECK(detail::lengthen_file(resizing, file_.get(), found, end, sparse_));
  }
  if (n == size_) return {};
  STRAIT_TRY(auto* const longer, detail::map_view(resizing, file_.get(), mode_, offset_, n));
  static_cast<void>(unmap());
  data_ = longer;
  size_ = n;
  return {};
}

result<> mapped_file::shorten(std::size_t n) {
  STRAIT_TRY(const auto found, detail::size_of_plain_file(resizing, file_.get()));
  if (found > offset_ + size_) {
    return fail(condition::invalid_argument, resizing, {}, "the file goes on behind the view");
  }
  const auto before = size_;
  STRAIT_CHECK(unmap());  // first: Windows shortens no file that is mapped
  const auto shortened = detail::shorten_file(resizing, file_.get(), offset_ + n);
  const auto length = shortened ? n : before;
  if (length > 0) {
    STRAIT_TRY(data_, detail::map_view(resizing, file_.get(), mode_, offset_, length));
  }
  size_ = length;
  return shortened;
}

result<std::size_t> mapped_file::read_at(std::uint64_t offset, strait::bytes into) const {
  constexpr auto operation = "read from mapped file";
  if (offset > longest || into.empty()) return 0;
  return named(detail::read_mapped_at(operation, file_.get(), offset, into), path_);
}

result<std::size_t> mapped_file::write_at(std::uint64_t offset, const_bytes from) const {
  constexpr auto operation = "write to mapped file";
  STRAIT_CHECK(check_writable(operation));
  if (from.empty()) return 0;
  if (offset >= longest)
    return named<std::size_t>(fail(condition::file_too_large, operation), path_);
  return named(detail::write_mapped_at(operation, file_.get(), offset, from), path_);
}

result<> mapped_file::close() noexcept {
  const auto unmapped = unmap();
  const auto closed = named(file_.close(), path_);
  *this = {};
  return unmapped ? closed : unmapped;
}

handle mapped_file::release() noexcept {
  static_cast<void>(unmap());
  return std::move(std::exchange(*this, {}).file_);
}

}  // namespace strait
