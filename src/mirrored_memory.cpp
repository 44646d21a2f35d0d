// SPDX-License-Identifier: MIT
#include <strait/mirrored_memory.hpp>

#include <limits>
#include <utility>

#include "mapping.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto creating = "create mirrored memory";
constexpr auto adopting = "adopt mirrored memory";
constexpr auto closing = "close mirrored memory";

}  // namespace

mirrored_memory::mirrored_memory(mirrored_memory&& other) noexcept
    : memory_{std::move(other.memory_)},
      data_{std::exchange(other.data_, nullptr)},
      size_{std::exchange(other.size_, 0)} {}

mirrored_memory& mirrored_memory::operator=(mirrored_memory&& other) noexcept {
  mirrored_memory taken{std::move(other)};
  std::swap(memory_, taken.memory_);
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  return *this;
}

mirrored_memory::~mirrored_memory() {
  static_cast<void>(unmap());
}

result<mirrored_memory> mirrored_memory::create(std::size_t size) {
  if (size == 0) return fail(condition::invalid_argument, creating);
  const auto unit = detail::map_granularity();
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();
  if (size > most / 2 - unit) return fail(condition::not_enough_memory, creating);
  const auto whole = (size + unit - 1) / unit * unit;
  STRAIT_TRY(auto memory, detail::make_memory(creating, whole));
  return map(creating, std::move(memory), whole);
}

result<mirrored_memory> mirrored_memory::adopt(handle memory) {
  STRAIT_TRY(const auto size, detail::size_of_memory(adopting, memory.get()));
  return map(adopting, std::move(memory), size);
}

result<mirrored_memory> mirrored_memory::duplicate() const {
  STRAIT_TRY(auto memory, memory_.duplicate());
  return map("duplicate mirrored memory", std::move(memory), size_);
}

result<mirrored_memory> mirrored_memory::map(const char* operation, handle memory,
                                             std::size_t size) {
  mirrored_memory made;
  STRAIT_TRY(made.data_, detail::map_twice(operation, memory.get(), size));
  made.size_ = size;
  made.memory_ = std::move(memory);
  return made;
}

result<> mirrored_memory::unmap() noexcept {
  if (size_ == 0) return {};
  return detail::unmap_twice(closing, std::exchange(data_, nullptr), std::exchange(size_, 0));
}

result<> mirrored_memory::close() noexcept {
  const auto unmapped = unmap();
  const auto closed = memory_.close();
  return unmapped ? closed : unmapped;
}

handle mirrored_memory::release() noexcept {
  static_cast<void>(unmap());
  return std::move(memory_);
}

}  // namespace strait
