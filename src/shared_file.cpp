// SPDX-License-Identifier: MIT
#include <strait/shared_file.hpp>

#include <algorithm>
#include <array>

#include "aside_file.hpp"
#include "disk_file.hpp"
#include "fail_point.hpp"
#include "pause.hpp"
#include "send_file.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto appending = "append to file";
constexpr auto replacing = "replace file";
constexpr char cancel = '\x18';

std::unexpected<error> named(error why, const subject_name& name) noexcept {
  why.subject = name;
  why.done = 0;  // nothing of it stays
  return fail(why);
}

}  // namespace

result<appender> appender::open(std::string_view path, const options& wish) {
  constexpr auto operation = "open file to append to";
  appender made;
  STRAIT_TRY(made.file_,
             file_lock::open(operation, path, {.who = wish.who, .create = wish.create}, true));
  made.wish_ = wish;
  made.name_ = path;
  return made;
}

result<> appender::check(const_bytes record) const {
  if (!file_) return fail(condition::bad_file_descriptor, appending);
  if (!wish_.mark || record.empty()) return {};
  const auto mark = static_cast<std::byte>(*wish_.mark);
  if (std::ranges::find(record, mark) == std::prev(record.end())) return {};
  return fail(condition::invalid_argument, appending, name_.text(),
              "the mark must end the record, and stand nowhere else in it");
}

result<> appender::append(const_bytes record, const deadline& until) {
  STRAIT_CHECK(check(record));
  if (record.empty()) return {};
  auto mine = file_.lock(until);
  if (!mine) {
    mine.error().operation = appending;
    return named(mine.error(), name_);
  }
  detail::fail_point("append: locked");
  auto size = detail::length_of(appending, native());
  if (!size) return named(size.error(), name_);
  if (const auto ended = cancel_rest(*size); !ended) return named(ended.error(), name_);
  if (const auto written = write(record, *size); !written) return named(written.error(), name_);
  if (wish_.flush) {
    const auto flushed = detail::flush(appending, native(), *wish_.flush);
    if (!flushed) return named(flushed.error(), name_);
  }
  return mine->release();
}

/// Ends what a writer left that was killed in the middle of a record.
result<> appender::cancel_rest(std::uint64_t& size) {
  if (!wish_.mark || size == 0 || size == whole_) return {};
  std::byte last{};
  STRAIT_TRY(const auto got, detail::read_file_at(appending, native(), size - 1, bytes{&last, 1}));
  if (got == 0 || last == static_cast<std::byte>(*wish_.mark)) return {};
  const std::array end{cancel, *wish_.mark};
  STRAIT_CHECK(write(std::as_bytes(std::span{end}), size));
  size = whole_;
  return {};
}

/// Adds all of it to a file of this size, or leaves it as it was.
result<> appender::write(const_bytes record, std::uint64_t size) {
  const auto written = detail::append_to(appending, native(), record);
  if (!written) {
    const auto part = written.error().done;
    const auto now = detail::length_of(appending, native());
    // Unless somebody has written behind it who does not ask for locks.
    if (part != 0 && now == size + part) {
      static_cast<void>(detail::cut_to(appending, native(), size));
    }
    return written;
  }
  detail::fail_point("append: written");
  whole_ = size + record.size();
  return {};
}

result<> append_record(std::string_view path, const_bytes record, const deadline& until,
                       const append_options& wish) {
  STRAIT_TRY(auto file, appender::open(path, wish));
  return file.append(record, until);
}

result<> replace_file(std::string_view path, const_bytes content, const deadline& until,
                      const replace_options& wish) {
  if (until.stop_requested()) return fail(condition::operation_canceled, replacing, path);
  STRAIT_TRY(const auto target, detail::aside_file::target_of(replacing, path));
  detail::aside_file::sweep(target);
  STRAIT_TRY(auto made, detail::aside_file::make(replacing, target, wish.who, wish.flush));
  detail::fail_point("replace: made aside");
  const subject_name name{path};
  if (const auto written = made.write(replacing, content); !written) {
    return named(written.error(), name);
  }
  detail::fail_point("replace: written");
  if (const auto flushed = made.flush(replacing); !flushed) {
    return named(flushed.error(), name);
  }
  detail::fail_point("replace: flushed");
  detail::patience patience{replacing, path, until};
  for (;;) {
    const auto moved = made.take_place(replacing);
    if (!moved) return named(moved.error(), name);
    if (*moved) break;
    STRAIT_CHECK(patience.wait());
  }
  detail::fail_point("replace: in its place");
  return {};
}

}  // namespace strait
