// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace strait {

/// So many of `T` in one place, which needs no memory of its own as long as they are few.
template <class T, std::size_t Few>
class few_or_many {
 public:
  explicit few_or_many(std::size_t count)
      : many_{count > Few ? std::make_unique<T[]>(count) : nullptr},
        all_{many_ ? many_.get() : few_.data(), count} {}
  few_or_many(const few_or_many&) = delete;
  few_or_many& operator=(const few_or_many&) = delete;
  ~few_or_many() = default;

  [[nodiscard]] std::span<T> all() const noexcept { return all_; }

 private:
  std::array<T, Few> few_;
  std::unique_ptr<T[]> many_;
  std::span<T> all_;
};

}  // namespace strait
