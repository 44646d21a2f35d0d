// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string_view>

#include <strait/access.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/file_range.hpp>
#include <strait/handle.hpp>
#include <strait/native.hpp>

namespace strait {

class appender;

struct file_lock_options {
  access who = access::owner;  ///< Who else may use the file, if it is made.
  bool create = true;          ///< Makes the file, empty, if it is not there.
  bool read_only = false;      ///< Opens it for reading: enough for shared locks.
  /// Whether programs that lock files without strait take part.
  ///
  /// POSIX: they do always, by fcntl (FreeBSD: flock). Windows: only if this is set, and then the
  /// lock is mandatory: what is locked exclusively nobody else can read or write, and what is
  /// shared nobody can write, this process's other handles included. Else the lock stands far
  /// beyond the bytes that it means, and hinders nobody who does not ask for it. All who use a file
  /// must set it alike.
  bool foreign = false;
};

/// Locks on a file, the whole of it or ranges, that processes and threads ask for before they use
/// what the file holds. Nothing is kept from those who do not ask.
///
///     auto file = or_throw(file_lock::open("/var/spool/queue"));
///     auto mine = or_throw(file.lock(2s));   // nobody else has a lock now, until `mine` goes
///
/// Each file_lock is a party of its own: two threads with one each exclude each other as two
/// processes do. The kernel holds the locks: those of a process that is killed, at whatever
/// instruction, are free at once, those of a stopped one are not. They are not lost when another
/// handle of the file is closed. No program that is started inherits them; a child made by fork has
/// none of its parent's, and its copies of their objects may only be destroyed.
///
/// Locks belong to the file, not to its name: if the file is replaced by another, who opens it
/// after that finds no lock. Several threads may use one file_lock. Move-only; a
/// default-constructed or moved-from one is closed. Linux, macOS: open file description locks.
/// FreeBSD has none, so only the whole file can be locked there (flock). Windows: LockFileEx.
class STRAIT_API file_lock {
  class state;

 public:
  using options = file_lock_options;

  /// A lock that is held: until it is destroyed, or released. It keeps the file open.
  class STRAIT_API held {
   public:
    held() noexcept;
    held(held&& other) noexcept;
    held& operator=(held&& other) noexcept;
    ~held();

    /// Gives it back now, to learn whether that worked. The destructor does the same.
    result<> release() noexcept;

    explicit operator bool() const noexcept { return file_ != nullptr; }

   private:
    friend file_lock;
    held(std::shared_ptr<state> file, const file_range& which) noexcept;

    std::shared_ptr<state> file_;
    file_range which_;
  };

  file_lock() noexcept;
  file_lock(file_lock&& other) noexcept;
  file_lock& operator=(file_lock&& other) noexcept;
  ~file_lock();

  /// Opens the file, which must be a plain one; a symbolic link is followed. Its own permissions
  /// say who can lock it. Never waits.
  ///
  /// Fails with no_such_file_or_directory, permission_denied, is_a_directory, invalid_argument if
  /// it is no plain file, too_many_files_open.
  [[nodiscard]] static result<file_lock> open(std::string_view path, const options& wish = {});

  /// Takes over a file that is open already: of the options `foreign` alone counts. To go on using
  /// it, adopt a duplicate; locks are then those of both, and end with release or the last of them.
  ///
  /// Fails with bad_file_descriptor, is_a_directory, invalid_argument if it is no plain file.
  [[nodiscard]] static result<file_lock> adopt(handle file, const options& wish = {});

  /// Waits until nobody else has a lock on any of these bytes, and has them alone from then on.
  ///
  /// The bytes need not be there: a range without a size goes on for ever, also if the file grows.
  /// `0ms` asks once. Without a limit the system waits where it can (POSIX), in one call; else this
  /// looks again after 1 ms at first, then less often, at least each 50 ms. It is not known who of
  /// several comes first.
  /// Fails with timed_out, operation_canceled; resource_deadlock_would_occur if this very file_lock
  /// has a lock on some of the bytes, shared or not, or waits for one: it would wait for itself;
  /// permission_denied if the file is open for reading only; invalid_argument for no bytes, or such
  /// beyond 2^62; not_supported for a range where the system locks whole files alone (FreeBSD);
  /// no_lock_available.
  [[nodiscard]] result<held> lock(const deadline& until = {}, const file_range& which = {});

  /// The same, but others may have a shared lock, too.
  [[nodiscard]] result<held> lock_shared(const deadline& until = {}, const file_range& which = {});

  /// The open file, to read and write what is locked. Windows: opened for overlapped calls.
  [[nodiscard]] native_handle native() const noexcept;
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  friend appender;
  explicit file_lock(std::shared_ptr<state> s) noexcept;
  [[nodiscard]] static result<file_lock> open(const char* operation, std::string_view path,
                                              const options& wish, bool append);
  [[nodiscard]] result<held> take(const char* operation, bool exclusive, const deadline& until,
                                  const file_range& which);

  std::shared_ptr<state> state_;
};

}  // namespace strait
