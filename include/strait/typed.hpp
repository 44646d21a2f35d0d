// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include <strait/shared_memory.hpp>

namespace strait {

/// What a type is called in shared memory: other programs must say the same. To be given for each
/// type that is shared, with a new name when what its bytes mean changes:
///
///     struct picture {
///       static constexpr std::string_view layout_name = "picture 2";
///       std::atomic<std::uint32_t> frame;
///       std::array<std::uint8_t, 640 * 480> pixels;
///     };
template <class T>
concept shareable = std::is_standard_layout_v<T> && std::is_trivially_destructible_v<T> &&
                    std::is_nothrow_default_constructible_v<T> && !std::is_pointer_v<T> &&
                    requires {
                      { T::layout_name } -> std::convertible_to<std::string_view>;
                    };

namespace detail {

constexpr std::uint64_t layout_hash(std::string_view text) noexcept {
  std::uint64_t sum = 0xcbf29ce484222325;  // the 64-bit FNV-1a
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return sum;
}

template <class T>
constexpr contents contents_of() noexcept {
  return {.hash = layout_hash(T::layout_name),
          .size = sizeof(T),
          .alignment = alignof(T),
          .fill = [](std::byte* at) noexcept { ::new (at) T{}; }};
}

}  // namespace detail

/// One T that several processes share: shared_memory with a T in it, which its maker has begun
/// before anybody else sees it.
///
///     auto shown = typed<picture>::open_or_create("camera");
///     (*shown)->frame.fetch_add(1);
///
/// Whoever opens it with another size, alignment or layout_name fails with incompatible. The T is
/// never destroyed: its memory goes.
template <class T>
class typed {
  static_assert(shareable<T>, "see strait::shareable for what can be shared");

 public:
  using options = shared_memory_options;

  [[nodiscard]] static result<typed> create(const name& n, const options& wish = {}) {
    return with(shared_memory::get(n, detail::way::create, sizeof(T), wish, what));
  }
  [[nodiscard]] static result<typed> open(const name& n, const options& wish = {}) {
    return with(shared_memory::get(n, detail::way::open, 0, wish, what));
  }
  [[nodiscard]] static result<typed> open_or_create(const name& n, const options& wish = {}) {
    return with(shared_memory::get(n, detail::way::either, sizeof(T), wish, what));
  }
  [[nodiscard]] static result<typed> anonymous(const options& wish = {}) {
    return with(shared_memory::get_anonymous(sizeof(T), wish, what));
  }
  [[nodiscard]] static result<typed> adopt(handle passed, const options& wish = {}) {
    return with(shared_memory::get_passed(std::move(passed), wish, what));
  }

  /// The shared T. Where it was opened to be read, a write to it ends in a signal or an access
  /// violation.
  [[nodiscard]] T& operator*() const noexcept { return *at(); }
  [[nodiscard]] T* operator->() const noexcept { return at(); }

  /// The memory it is in.
  [[nodiscard]] const shared_memory& memory() const noexcept { return memory_; }
  [[nodiscard]] shared_memory& memory() noexcept { return memory_; }

 private:
  static constexpr auto what = detail::contents_of<T>();
  static_assert(alignof(T) <= 4096, "shared memory begins at a page, and no further");

  explicit typed(shared_memory in) noexcept : memory_{std::move(in)} {}

  static result<typed> with(result<shared_memory> in) {
    if (!in) return std::unexpected{in.error()};
    return typed{*std::move(in)};
  }

  [[nodiscard]] T* at() const noexcept {
    auto* const begin = const_cast<std::byte*>(memory_.bytes().data());  // it may be read-only
    return std::launder(reinterpret_cast<T*>(begin));
  }

  shared_memory memory_;
};

}  // namespace strait
