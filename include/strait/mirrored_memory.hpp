// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <strait/bytes.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>

namespace strait {

/// Memory that is there twice in a row: what is written behind its end is at its beginning. So what
/// goes round in a ring buffer is never in two pieces.
///
///     auto ring = or_throw(mirrored_memory::create(65'536));
///     std::ranges::copy(record, ring.twice().subspan(written % ring.size()).begin());
///
/// It has no name. Another process gets it as a handle, `{"ring", or_throw(ring.duplicate())}` in
/// command::give and `inherited<mirrored_memory>("ring")` there, and both see the same bytes. It is
/// gone with the last who has it.
///
/// All of it is reserved when it is made: touching it never fails. Linux: and nobody who has the
/// handle can make it shorter.
///
/// Any number of threads may use the bytes; everything else is for one thread alone. Move-only;
/// moved-from memory is closed.
class STRAIT_API mirrored_memory {
 public:
  mirrored_memory() noexcept = default;
  mirrored_memory(mirrored_memory&& other) noexcept;
  mirrored_memory& operator=(mirrored_memory&& other) noexcept;
  ~mirrored_memory();

  /// Makes memory of at least `size` bytes, all zero.
  ///
  /// `size` is rounded up to what the system can map: a page (POSIX: 4 KiB or more), on Windows
  /// 64 KiB. Fails with invalid_argument if `size` is 0, not_enough_memory, no_space_on_device,
  /// too_many_files_open.
  [[nodiscard]] static result<mirrored_memory> create(std::size_t size);

  /// Maps memory that was made in another process.
  ///
  /// Fails with invalid_argument if `memory` is something else: on Linux everything that could be
  /// made shorter; not_enough_memory.
  [[nodiscard]] static result<mirrored_memory> adopt(handle memory);

  /// How many bytes there are, each of them twice.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// All of them once.
  [[nodiscard]] strait::bytes bytes() noexcept { return {data_, size_}; }
  [[nodiscard]] const_bytes bytes() const noexcept { return {data_, size_}; }
  /// And again: 2 * size() bytes.
  [[nodiscard]] strait::bytes twice() noexcept { return {data_, 2 * size_}; }
  [[nodiscard]] const_bytes twice() const noexcept { return {data_, 2 * size_}; }

  /// The same memory at another place, to be given away.
  [[nodiscard]] result<mirrored_memory> duplicate() const;

  /// Closes now, to learn whether that worked.
  result<> close() noexcept;
  explicit operator bool() const noexcept { return static_cast<bool>(memory_); }

  /// Gives up the place, and the memory to the caller, as adopt takes it.
  [[nodiscard]] handle release() noexcept;
  [[nodiscard]] native_handle native() const noexcept { return memory_.get(); }

 private:
  static result<mirrored_memory> map(const char* operation, handle memory, std::size_t size);
  result<> unmap() noexcept;

  handle memory_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace strait
