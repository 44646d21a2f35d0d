// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <strait/error.hpp>
#include <strait/native.hpp>

namespace strait {

namespace detail {

// POSIX: each pair is one and the same function.
// NOLINTBEGIN(readability-redundant-declaration)
STRAIT_API result<> close(native_handle raw) noexcept;
STRAIT_API result<> close(native_socket raw) noexcept;
[[nodiscard]] STRAIT_API result<native_handle> duplicate(native_handle raw) noexcept;
[[nodiscard]] STRAIT_API result<native_socket> duplicate(native_socket raw) noexcept;
// NOLINTEND(readability-redundant-declaration)

/// Owns one thing that the system counts, and closes it exactly once.
template <class Raw, Raw None>
class owner {
 public:
  constexpr owner() noexcept = default;
  owner(owner&& other) noexcept : raw_{other.release()} {}
  owner& operator=(owner&& other) noexcept {
    owner taken{std::move(other)};
    std::swap(raw_, taken.raw_);
    return *this;
  }
  ~owner() {
    if (*this) static_cast<void>(close());
  }

  /// Takes ownership of `raw`.
  [[nodiscard]] static owner adopt(Raw raw) noexcept { return owner{raw}; }
  /// Gives ownership up.
  [[nodiscard]] Raw release() noexcept { return std::exchange(raw_, None); }
  /// Looks, without changing ownership.
  [[nodiscard]] Raw get() const noexcept { return raw_; }
  explicit operator bool() const noexcept { return raw_ != None; }

  /// A second handle to the same object.
  ///
  /// Fails with too_many_files_open, bad_file_descriptor.
  [[nodiscard]] result<owner> duplicate() const noexcept {
    const auto copy = detail::duplicate(raw_);
    if (!copy) return std::unexpected{copy.error()};
    return owner{*copy};
  }

  /// Closes now, to learn whether that worked. The handle is gone either way.
  result<> close() noexcept {
    if (!*this) return {};
    return detail::close(release());
  }

 private:
  constexpr explicit owner(Raw raw) noexcept : raw_{raw} {}

  Raw raw_ = None;
};

}  // namespace detail

/// Owns one descriptor or HANDLE and closes it exactly once.
///
/// Handles made by this library are never inherited by child processes unless they are given.
using handle = detail::owner<native_handle, no_handle>;

/// Owns one socket. POSIX: a handle like any other. Windows: a SOCKET, which Winsock closes.
using socket_handle = detail::owner<native_socket, no_socket>;

}  // namespace strait
