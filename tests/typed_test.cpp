// SPDX-License-Identifier: MIT
#include <strait/typed.hpp>

#include <array>
#include <atomic>
#include <string_view>
#include <vector>

#include <strait/offset_ptr.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"

using strait::condition;
using strait::offset_ptr;
using strait::or_throw;
using strait::shared_memory;
using strait::typed;
using support::why;

namespace {

struct counters {
  static constexpr std::string_view layout_name = "counters 1";
  std::atomic<std::uint32_t> hits{7};
  std::array<std::uint64_t, 100> values{};
};

struct renamed_counters {
  static constexpr std::string_view layout_name = "counters 2";
  std::atomic<std::uint32_t> hits{7};
  std::array<std::uint64_t, 100> values{};
};

struct larger_counters {
  static constexpr std::string_view layout_name = "counters 1";
  std::atomic<std::uint32_t> hits{7};
  std::array<std::uint64_t, 101> values{};
};

struct strict_counters {
  static constexpr std::string_view layout_name = "counters 1";
  alignas(64) std::atomic<std::uint32_t> hits{7};
  std::array<std::uint64_t, 100> values{};
  std::array<std::uint64_t, 2> rest{};
};

static_assert(strait::shareable<counters>);
static_assert(!strait::shareable<std::vector<int>>);
static_assert(!strait::shareable<int>, "it has no layout_name");

struct node {
  int value = 0;
  offset_ptr<node> next;
};

// Two places to look at the same memory from.
struct two_views {
  shared_memory one = or_throw(shared_memory::anonymous(4096));
  shared_memory two = or_throw(shared_memory::adopt(
      strait::handle::adopt(or_throw(strait::detail::duplicate(one.native())))));
};

template <class T>
T* in(const shared_memory& memory, std::size_t at) {
  return reinterpret_cast<T*>(&memory.writable_bytes()[at]);
}

}  // namespace

TEST_CASE("a shared T is begun by its maker, and one for all", "[typed]") {
  const auto name = support::unique_name();
  const auto made = or_throw(typed<counters>::create(name));
  const auto seen = or_throw(typed<counters>::open(name));
  const auto either = or_throw(typed<counters>::open_or_create(name));

  CHECK(seen->hits == 7);
  made->hits.fetch_add(3);
  CHECK(seen->hits == 10);
  (*either).values[99] = 42;
  CHECK(made->values[99] == 42);
  CHECK(made.memory().size() == sizeof(counters));
}

TEST_CASE("a T of another layout is incompatible", "[typed]") {
  const auto name = support::unique_name();
  const auto made = or_throw(typed<counters>::create(name));

  CHECK(why(typed<renamed_counters>::open(name)) == condition::incompatible);
  CHECK(why(typed<larger_counters>::open(name)) == condition::incompatible);
  CHECK(why(typed<strict_counters>::open(name)) == condition::incompatible);
  CHECK(why(typed<renamed_counters>::open_or_create(name)) == condition::incompatible);
  CHECK(why(shared_memory::open(name)) == condition::incompatible);
}

TEST_CASE("plain memory is no T", "[typed]") {
  const auto name = support::unique_name();
  const auto made = or_throw(shared_memory::create(name, sizeof(counters)));

  CHECK(why(typed<counters>::open(name)) == condition::incompatible);
}

TEST_CASE("a T without a name is passed by its handle", "[typed]") {
  const auto made = or_throw(typed<counters>::anonymous());
  auto copy = or_throw(strait::detail::duplicate(made.memory().native()));
  const auto seen = or_throw(typed<counters>::adopt(strait::handle::adopt(copy)));
  auto other = or_throw(strait::detail::duplicate(made.memory().native()));

  made->hits = 99;
  CHECK(seen->hits == 99);
  CHECK(why(typed<renamed_counters>::adopt(strait::handle::adopt(other))) ==
        condition::incompatible);
}

TEST_CASE("an offset_ptr means the same wherever its memory is mapped", "[typed]") {
  const two_views views;
  auto* const here = in<node>(views.one, 0);
  ::new (here) node{.value = 1, .next = in<node>(views.one, 1000)};
  ::new (in<node>(views.one, 1000)) node{.value = 2, .next = nullptr};

  const auto* const there = in<node>(views.two, 0);
  REQUIRE(there != here);
  CHECK(there->value == 1);
  CHECK(there->next->value == 2);
  CHECK(there->next.get() == in<node>(views.two, 1000));
  CHECK_FALSE(there->next->next);
}

TEST_CASE("a copy of an offset_ptr points to the same thing", "[typed]") {
  std::array<int, 3> values{1, 2, 3};
  offset_ptr<int> first{values.data()};
  const auto copy = first;
  offset_ptr<const int> other;
  CHECK(other == nullptr);
  other = copy;
  CHECK(other.get() == values.data());
  first = nullptr;
  CHECK_FALSE(first);
  CHECK(*copy == 1);
  auto& itself = first;
  first = copy;
  first = itself;
  CHECK(first == copy);
}

TEST_CASE("an offset_ptr may point to itself, and nowhere", "[typed]") {
  offset_ptr<void> self;
  CHECK(self.get() == nullptr);
  self = &self;
  CHECK(self.get() == &self);
  CHECK(self);
}

TEST_CASE("an offset_ptr counts as a pointer does", "[typed]") {
  std::array<int, 5> values{10, 11, 12, 13, 14};
  offset_ptr<int> at{values.data()};
  const auto end = at + 5;
  CHECK(end - at == 5);
  CHECK(at[3] == 13);
  CHECK(*++at == 11);
  CHECK(*at++ == 11);
  CHECK(*at-- == 12);
  CHECK(*--at == 10);
  at += 4;
  at -= 1;
  CHECK(*at == 13);
  CHECK(*(at - 1) == 12);
  CHECK(at < end);
  CHECK(end > at);
  CHECK(sizeof at == 8);
}
