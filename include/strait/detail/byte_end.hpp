// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/wait.hpp>

namespace strait::detail {

/// One end of a stream of bytes, with one direction: what pipe_reader and pipe_writer have inside.
///
/// Not for two threads at once. Reading and writing are one system call each where the system
/// allows it; see docs/design.md for what each of them does on which system.
class STRAIT_API byte_end {
 public:
  enum class direction : std::uint8_t { reads, writes };

  byte_end() noexcept = default;

  /// Takes over one end of a pipe.
  ///
  /// Fails with invalid_argument if `h` is not an end of a pipe open in that direction, and on
  /// Windows with not_supported if it is synchronous: a wait on it could not be ended.
  [[nodiscard]] static result<byte_end> adopt(handle h, direction d);

  /// The same for an end that was just made and needs no check.
  [[nodiscard]] static result<byte_end> own(handle h, direction d);

  /// Says that this end alone has the open file, and that it is in non-blocking mode: a write need
  /// not ask first whether it would have to wait. Windows: nothing.
  void never_waits() noexcept { limit_ &= ~waits; }

  [[nodiscard]] result<std::size_t> read(bytes into, const deadline& until);
  [[nodiscard]] result<std::size_t> read(bytes_list into, const deadline& until);
  [[nodiscard]] result<std::size_t> write(const_bytes from, const deadline& until);
  [[nodiscard]] result<std::size_t> write(const_bytes_list from, const deadline& until);

  [[nodiscard]] readiness readable() const noexcept {
    return readiness{{.what = io_.get(), .until = watched::kind::readable}};
  }
  [[nodiscard]] readiness writable() const noexcept {
    return readiness{
        {.what = io_.get(), .until = watched::kind::writable, .full_since = &full_since_}};
  }

  /// How many bytes can wait inside.
  [[nodiscard]] result<std::size_t> capacity() const;

  result<> close() noexcept { return std::exchange(*this, {}).io_.close(); }
  [[nodiscard]] result<handle> duplicate() const noexcept { return io_.duplicate(); }
  [[nodiscard]] handle release() noexcept { return std::move(std::exchange(*this, {}).io_); }
  [[nodiscard]] native_handle native() const noexcept { return io_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

 private:
  static constexpr std::uint32_t waits = on_windows ? 0 : 0x8000'0000;

  handle io_;
  handle done_;  ///< Windows: what an overlapped call signals. POSIX: none.
  /// What bounds the calls. POSIX: the per-call flags that the kernel refused here, and whether
  /// calls wait inside. Windows: the most that one read takes, or one write that may end early.
  std::uint32_t limit_ = 0;
  mutable deadline::clock::time_point full_since_{};  ///< For wait_any.
};

}  // namespace strait::detail
