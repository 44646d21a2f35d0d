// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <strait/lease.hpp>

#include "runtime_directory.hpp"

namespace strait::detail {

/// A file that says who holds a name, as long as that process lives: the kernel lets go of it when
/// the process dies, at whatever instruction, also while it is a zombie, and while a child that it
/// forked lives on.
///
/// The file appears whole or not at all. POSIX: it is made aside, locked (OFD lock, else flock),
/// and linked to its name; one that nobody holds any more is taken away by the next who comes.
/// Windows: a byte beyond the text is locked with LockFileEx, and what the text says counts only
/// while the process it names lives.
class lock_file {
 public:
  lock_file() noexcept;
  lock_file(lock_file&& other) noexcept;
  lock_file& operator=(lock_file&& other) noexcept;
  ~lock_file();

  /// Claims `where` for this process.
  ///
  /// Fails with resource_unavailable_try_again if a living process holds it (this one included),
  /// name_collision if that one holds another name of the same shortened form; permission_denied.
  [[nodiscard]] static result<lock_file> claim(const char* operation, const place& where,
                                               access who);

  /// Who holds `where`; nothing if nobody alive does.
  [[nodiscard]] static result<std::optional<process_identity>> holder(const char* operation,
                                                                      const place& where);

  /// Takes away what a dead process left at `where`, if there is anything.
  static void clear(const char* operation, const place& where) noexcept;

  /// Whether this process holds it: not true for a copy of it made by fork.
  [[nodiscard]] bool is_held() const noexcept;

  /// Takes the file away and lets go, in this order: a successor's file is never taken away.
  result<> release() noexcept;

 private:
  struct held;
  explicit lock_file(std::unique_ptr<held> h) noexcept;
  std::unique_ptr<held> held_;
};

}  // namespace strait::detail
