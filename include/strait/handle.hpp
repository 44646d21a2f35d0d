// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <strait/error.hpp>
#include <strait/native.hpp>

namespace strait {

/// Owns one descriptor or HANDLE and closes it exactly once.
///
/// Handles made by this library are never inherited by child processes unless they are given.
class handle {
 public:
  constexpr handle() noexcept = default;
  handle(handle&& other) noexcept : raw_{other.release()} {}
  handle& operator=(handle&& other) noexcept {
    handle taken{std::move(other)};
    std::swap(raw_, taken.raw_);
    return *this;
  }
  ~handle() {
    if (*this) static_cast<void>(close());
  }

  /// Takes ownership of `raw`.
  [[nodiscard]] static handle adopt(native_handle raw) noexcept { return handle{raw}; }
  /// Gives ownership up.
  [[nodiscard]] native_handle release() noexcept { return std::exchange(raw_, no_handle); }
  /// Looks, without changing ownership.
  [[nodiscard]] native_handle get() const noexcept { return raw_; }
  explicit operator bool() const noexcept { return raw_ != no_handle; }

  /// A second handle to the same object.
  ///
  /// Fails with too_many_files_open, bad_file_descriptor.
  [[nodiscard]] STRAIT_API result<handle> duplicate() const noexcept;

  /// Closes now, to learn whether that worked. The handle is gone either way.
  STRAIT_API result<> close() noexcept;

 private:
  constexpr explicit handle(native_handle raw) noexcept : raw_{raw} {}

  native_handle raw_ = no_handle;
};

}  // namespace strait
