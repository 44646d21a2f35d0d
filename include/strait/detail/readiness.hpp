// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/native.hpp>

namespace strait::detail {

/// Tells when a reading end can be read without waiting: data is there, or the end of the stream.
///
/// POSIX: the descriptor itself is what to poll. Windows: a read of zero bytes is begun, which
/// ends when data arrives and takes none of it; the event it signals is what to wait for.
/// Level-triggered: `watch` again after each read. One watch at a time.
class STRAIT_API readiness {
 public:
  readiness() noexcept;
  readiness(readiness&& other) noexcept;
  readiness& operator=(readiness&& other) noexcept;
  ~readiness();

  /// Begins to watch `end`, which must outlive the watch, and returns what poll() for input or
  /// WaitForMultipleObjects takes.
  [[nodiscard]] result<native_handle> watch(native_handle end);

  /// Waits until what is watched can be read.
  [[nodiscard]] result<> wait(const deadline& until = {});

  /// Stops watching. Does nothing if nothing is watched.
  void cancel() noexcept;

 private:
  struct pending;
  std::unique_ptr<pending> pending_;
};

}  // namespace strait::detail
