// SPDX-License-Identifier: MIT
#include <strait/shared_memory.hpp>

#include <algorithm>
#include <utility>

#include "segment.hpp"
#include "try.hpp"

namespace strait {
namespace {

using detail::segment;
using detail::segment_wish;
using detail::way;

constexpr auto removing = "remove shared memory";
constexpr auto making = "create shared memory";
constexpr auto adopting = "adopt shared memory";
constexpr auto growing = "grow shared memory";
constexpr auto passing = "pass shared memory";
constexpr auto kind = "memory";

const char* operation_of(way how) noexcept {
  switch (how) {
    case way::create: return making;
    case way::open: return "open shared memory";
    case way::either: return "open or create shared memory";
  }
  return "";
}

/// What is to be made or expected, with nothing in it that a sum could overflow with.
result<segment_wish> wish_for(const char* operation, std::string_view name, way how,
                              std::size_t size, const shared_memory_options& wish,
                              const detail::contents& what) {
  constexpr auto most = static_cast<std::size_t>(-1) / 4;
  const auto max_size = std::max(size, wish.max_size);
  const auto refuse = [&](const char* hint) {
    return fail(condition::invalid_argument, operation, name, hint);
  };
  if (how != way::open && size == 0) return refuse("memory of no size cannot be made");
  if (how != way::open && wish.read_only) return refuse("what is made must be written");
  if (max_size > most) {
    return fail(condition::not_enough_memory, operation, name, "no address space is that large");
  }
  return segment_wish{.how = how,
                      .name = {},
                      .facts = {.operation = operation,
                                .name = name,
                                .life = wish.life,
                                .size = size,
                                .max_size = max_size,
                                .what = what},
                      .who = wish.who,
                      .read_only = wish.read_only};
}

}  // namespace

shared_memory::shared_memory() noexcept = default;
shared_memory::shared_memory(shared_memory&& other) noexcept = default;
shared_memory& shared_memory::operator=(shared_memory&& other) noexcept = default;
shared_memory::~shared_memory() = default;
shared_memory::shared_memory(std::unique_ptr<segment> got, const options& wish) noexcept
    : segment_{std::move(got)}, granted_{segment_->ask(wish)} {}

result<shared_memory> shared_memory::get(const name& n, way how, std::size_t size,
                                         const options& wish, const detail::contents& what) {
  STRAIT_TRY(auto exact, wish_for(operation_of(how), n.text(), how, size, wish, what));
  STRAIT_TRY(exact.name, detail::segment_name_of(n, kind, wish.who));
  STRAIT_TRY(auto got,
             n.is_native() ? segment::get_native(exact) : segment::get(exact, wish.until));
  return shared_memory{std::move(got), wish};
}

result<shared_memory> shared_memory::get_anonymous(std::size_t size, const options& wish,
                                                   const detail::contents& what) {
  STRAIT_TRY(const auto exact, wish_for(making, {}, way::create, size, wish, what));
  STRAIT_TRY(auto made, segment::anonymous(exact));
  return shared_memory{std::move(made), wish};
}

result<shared_memory> shared_memory::get_passed(handle passed, const options& wish,
                                                const detail::contents& what) {
  STRAIT_TRY(const auto exact, wish_for(adopting, {}, way::open, 0, wish, what));
  STRAIT_TRY(auto found, segment::adopt(std::move(passed), exact));
  if (wish.sealed_only && !found->is_sealed()) {
    return fail(condition::invalid_argument, adopting, {},
                "it is not sealed: who passed it could take it away");
  }
  return shared_memory{std::move(found), wish};
}

result<shared_memory> shared_memory::create(const name& n, std::size_t size, const options& wish) {
  return get(n, way::create, size, wish, {});
}

result<shared_memory> shared_memory::open(const name& n, const options& wish) {
  return get(n, way::open, 0, wish, {});
}

result<shared_memory> shared_memory::open_or_create(const name& n, std::size_t size,
                                                    const options& wish) {
  return get(n, way::either, size, wish, {});
}

result<shared_memory> shared_memory::anonymous(std::size_t size, const options& wish) {
  return get_anonymous(size, wish, {});
}

result<shared_memory> shared_memory::adopt(handle passed, const options& wish) {
  return get_passed(std::move(passed), wish, {});
}

result<bool> shared_memory::remove(const name& n, const deadline& until) {
  segment_wish wish{.name = {}, .facts = {.operation = removing, .name = n.text(), .what = {}}};
  STRAIT_TRY(wish.name, detail::segment_name_of(n, kind, wish.who));
  return segment::remove(wish, false, until);
}

result<bool> shared_memory::reclaim(const name& n, const deadline& until) {
  segment_wish wish{.name = {},
                    .facts = {.operation = "reclaim shared memory", .name = n.text(), .what = {}}};
  STRAIT_TRY(wish.name, detail::segment_name_of(n, kind, wish.who));
  if (wish.name.is_native) {
    return fail(condition::invalid_argument, wish.facts.operation, n.text(),
                "nobody can tell whether another program's memory is in use");
  }
  return segment::remove(wish, true, until);
}

const_bytes shared_memory::bytes() const noexcept {
  return segment_ ? segment_->bytes() : const_bytes{};
}

strait::bytes shared_memory::writable_bytes() const noexcept {
  return segment_ && !segment_->is_read_only() ? segment_->bytes() : strait::bytes{};
}

std::size_t shared_memory::size() const noexcept {
  return segment_ ? segment_->size() : 0;
}

std::size_t shared_memory::max_size() const noexcept {
  return segment_ ? segment_->max_size() : 0;
}

result<> shared_memory::grow(std::size_t size) {
  if (!segment_) return fail(condition::bad_file_descriptor, growing);
  return segment_->grow(growing, size);
}

lifetime shared_memory::life() const noexcept {
  return segment_ ? segment_->life() : lifetime::owned;
}

bool shared_memory::is_read_only() const noexcept {
  return segment_ && segment_->is_read_only();
}

bool shared_memory::is_sealed() const noexcept {
  return segment_ && segment_->is_sealed();
}

shared_memory::wishes shared_memory::granted() const noexcept {
  return granted_;
}

native_handle shared_memory::native() const noexcept {
  return segment_ ? segment_->native() : no_handle;
}

result<handle> shared_memory::read_only_handle() const {
  if (!segment_) return fail(condition::bad_file_descriptor, passing);
  return segment_->read_only_handle(passing);
}

bool shared_memory::is_open() const noexcept {
  return segment_ != nullptr;
}

result<> shared_memory::close() noexcept {
  if (!segment_) return {};
  return std::exchange(segment_, {})->leave();
}

}  // namespace strait
