// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <type_traits>

namespace strait {

/// A pointer that means the same in every process: it says how far away from itself the object is.
///
/// For what stands in shared memory and points to what stands in the same. A plain pointer there
/// means something in one process alone, for each maps the memory elsewhere. Its size is 8 bytes on
/// every system, so 32-bit and 64-bit processes share it. Copying and moving it keep what it points
/// to. It is no more checked than a plain pointer is: do not follow one that somebody wrote who is
/// not trusted.
template <class T>
class offset_ptr {
 public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  using difference_type = std::ptrdiff_t;
  using pointer = T*;
  using reference = std::add_lvalue_reference_t<T>;
  using iterator_category = std::random_access_iterator_tag;

  offset_ptr() noexcept = default;
  offset_ptr(std::nullptr_t /*none*/) noexcept {}
  // As implicit as a plain pointer's conversions are.
  offset_ptr(T* to) noexcept { set(to); }
  offset_ptr(const offset_ptr& other) noexcept { set(other.get()); }
  template <class U>
    requires std::convertible_to<U*, T*>
  offset_ptr(const offset_ptr<U>& other) noexcept {
    set(other.get());
  }
  offset_ptr& operator=(const offset_ptr& other) noexcept {
    set(other.get());
    return *this;
  }
  ~offset_ptr() = default;

  [[nodiscard]] T* get() const noexcept {
    if (distance_ == none) return nullptr;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): between two objects there is no pointer arithmetic
    return reinterpret_cast<T*>(here() + static_cast<std::uintptr_t>(distance_));
  }
  [[nodiscard]] T* operator->() const noexcept { return get(); }
  [[nodiscard]] reference operator*() const noexcept
    requires(!std::is_void_v<T>)
  {
    return *get();
  }
  [[nodiscard]] reference operator[](std::ptrdiff_t i) const noexcept
    requires(!std::is_void_v<T>)
  {
    return get()[i];
  }
  explicit operator bool() const noexcept { return distance_ != none; }

  offset_ptr& operator+=(std::ptrdiff_t n) noexcept {
    set(get() + n);
    return *this;
  }
  offset_ptr& operator-=(std::ptrdiff_t n) noexcept { return *this += -n; }
  offset_ptr& operator++() noexcept { return *this += 1; }
  offset_ptr& operator--() noexcept { return *this -= 1; }
  offset_ptr operator++(int) noexcept {
    const offset_ptr before = *this;
    ++*this;
    return before;
  }
  offset_ptr operator--(int) noexcept {
    const offset_ptr before = *this;
    --*this;
    return before;
  }

  friend offset_ptr operator+(const offset_ptr& p, std::ptrdiff_t n) noexcept {
    return p.get() + n;
  }
  friend offset_ptr operator+(std::ptrdiff_t n, const offset_ptr& p) noexcept { return p + n; }
  friend offset_ptr operator-(const offset_ptr& p, std::ptrdiff_t n) noexcept {
    return p.get() - n;
  }
  friend std::ptrdiff_t operator-(const offset_ptr& a, const offset_ptr& b) noexcept {
    return a.get() - b.get();
  }
  friend bool operator==(const offset_ptr& a, const offset_ptr& b) noexcept {
    return a.get() == b.get();
  }
  friend std::strong_ordering operator<=>(const offset_ptr& a, const offset_ptr& b) noexcept {
    return std::compare_three_way{}(a.get(), b.get());
  }

 private:
  // An object never begins one byte after its pointer does. Zero is a pointer to itself.
  static constexpr std::int64_t none = 1;

  [[nodiscard]] std::uintptr_t here() const noexcept {
    return reinterpret_cast<std::uintptr_t>(this);
  }
  void set(T* to) noexcept {
    const auto there = reinterpret_cast<std::uintptr_t>(to);
    // Signed first: 32 bits are widened with their sign.
    distance_ = to == nullptr ? none : static_cast<std::intptr_t>(there - here());
  }

  alignas(8) std::int64_t distance_ = none;  // as 64-bit systems align it
};

}  // namespace strait
