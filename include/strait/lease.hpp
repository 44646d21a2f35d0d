// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <strait/access.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/name.hpp>

namespace strait {

/// Names one process for ever: its number is used again one day, its number and start are not.
struct process_identity {
  std::uint32_t id = 0;
  /// When it started, as its system counts. Linux: clock ticks since the machine was started;
  /// macOS and FreeBSD: microseconds since 1970; Windows: 100 ns since 1601.
  std::uint64_t start = 0;

  friend bool operator==(const process_identity&, const process_identity&) noexcept = default;
};

namespace detail {
class lock_file;
}

struct lease_options {
  access who = access::owner;  ///< Who else may hold the lease, or ask who does.
};

/// A claim on a name that dies with its holder: at most one process has it at any time.
///
///     auto only_one = lease::acquire("editor", 0ms);   // timed_out: another instance runs
///
/// The kernel holds it: a holder that is killed, at whatever instruction, has lost it at once, also
/// as a zombie; one that is stopped keeps it. A child made by fork does not have its parent's
/// leases, and does not keep them alive. Not for two threads at once; move-only; a moved-from lease
/// holds nothing.
class STRAIT_API lease {
 public:
  using options = lease_options;

  lease() noexcept;
  lease(lease&& other) noexcept;
  lease& operator=(lease&& other) noexcept;
  ~lease();

  /// Waits until nobody else has the lease called `n`, and has it from then on.
  ///
  /// `0ms` asks once. A wait looks again after 1 ms at first, then less often, at least each 50 ms.
  /// A process cannot have it twice: it would wait for itself.
  /// Fails with timed_out, operation_canceled, permission_denied, name_collision; as name::check
  /// does.
  [[nodiscard]] static result<lease> acquire(const name& n, const deadline& until = {},
                                             const options& wish = {});

  /// Who has it now; nothing if nobody alive does.
  [[nodiscard]] static result<std::optional<process_identity>> holder(const name& n);

  /// Gives it back now, to learn whether that worked. The destructor does the same.
  result<> release() noexcept;

  explicit operator bool() const noexcept;

 private:
  explicit lease(detail::lock_file held) noexcept;
  std::unique_ptr<detail::lock_file> held_;
};

}  // namespace strait
