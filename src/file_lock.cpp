// SPDX-License-Identifier: MIT
#include <strait/file_lock.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "disk_file.hpp"
#include "locked_file.hpp"
#include "pause.hpp"
#include "try.hpp"

namespace strait {
namespace {

using detail::lock_span;

constexpr auto locking = "lock file";
constexpr auto sharing = "lock file shared";
constexpr auto releasing = "release lock of file";

std::uint64_t end_of(const file_range& which) noexcept {
  return which.size == lock_span::to_end ? lock_span::to_end : which.offset + which.size;
}

bool overlap(const file_range& a, const file_range& b) noexcept {
  return a.offset < end_of(b) && b.offset < end_of(a);
}

bool is_same(const file_range& a, const file_range& b) noexcept {
  return a.offset == b.offset && a.size == b.size;
}

/// Threads that hand a lock over see what the other has written: the kernel sees to that, and this
/// tells the compiler, and tools that look for data races.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): nobody sees it
constinit std::atomic<unsigned> hand_overs{0};

bool can_be_locked(const file_range& which) noexcept {
  if (which.size == 0 || which.offset >= lock_span::most) return false;
  return which.size == lock_span::to_end || which.size <= lock_span::most - which.offset;
}

}  // namespace

/// An open file, and which of its bytes it has locked or is about to lock.
class file_lock::state {
 public:
  detail::locked_file file;
  subject_name name;
  bool read_only = false;

  /// A system would turn a lock into another one where they overlap, or wait for itself.
  result<> reserve(const char* operation, const file_range& which) {
    const std::scoped_lock alone{guard_};
    const auto meets = [&](const file_range& other) { return overlap(which, other); };
    if (std::ranges::any_of(taken_, meets)) {
      return fail(condition::resource_deadlock_would_occur, operation, name.text(),
                  "this file_lock has a lock there: another party needs a file_lock of its own");
    }
    taken_.push_back(which);
    return {};
  }

  void forget(const file_range& which) noexcept {
    const std::scoped_lock alone{guard_};
    std::erase_if(taken_, [&](const file_range& other) { return is_same(which, other); });
  }

  result<> wait_for(const char* operation, const lock_span& what, const deadline& until) {
    detail::patience patience{operation, name.text(), until};
    for (;;) {
      const auto taken = file.take(operation, what, until.is_never());
      if (!taken) return fail(named(taken.error()));
      if (*taken) {
        static_cast<void>(hand_overs.load(std::memory_order_acquire));
        return {};
      }
      STRAIT_CHECK(patience.wait());
    }
  }

  result<> release(const file_range& which) noexcept {
    if (file.get() == no_handle) return {};  // a copy made by fork, whose guard may be locked
    hand_overs.fetch_add(1, std::memory_order_release);
    const auto released = file.give_back(releasing, which);
    forget(which);
    if (!released) return fail(named(released.error()));
    return {};
  }

 private:
  [[nodiscard]] error named(error why) const noexcept {
    why.subject = name;
    return why;
  }

  std::mutex guard_;
  std::vector<file_range> taken_;
};

file_lock::held::held() noexcept = default;
file_lock::held::held(held&& other) noexcept = default;
file_lock::held::held(std::shared_ptr<state> file, const file_range& which) noexcept
    : file_{std::move(file)}, which_{which} {}
file_lock::held::~held() {
  static_cast<void>(release());
}

file_lock::held& file_lock::held::operator=(held&& other) noexcept {
  if (this == &other) return *this;
  static_cast<void>(release());
  file_ = std::move(other.file_);
  which_ = other.which_;
  return *this;
}

result<> file_lock::held::release() noexcept {
  if (!file_) return {};
  return std::exchange(file_, {})->release(which_);
}

file_lock::file_lock() noexcept = default;
file_lock::file_lock(file_lock&& other) noexcept = default;
file_lock& file_lock::operator=(file_lock&& other) noexcept = default;
file_lock::~file_lock() = default;
file_lock::file_lock(std::shared_ptr<state> s) noexcept : state_{std::move(s)} {}

result<file_lock> file_lock::open(std::string_view path, const options& wish) {
  return open("open file for locks", path, wish, false);
}

result<file_lock> file_lock::open(const char* operation, std::string_view path, const options& wish,
                                  bool append) {
  auto made = std::make_shared<state>();
  made->name = path;
  made->read_only = wish.read_only;
  STRAIT_CHECK(made->file.open(operation, path, wish, append));
  return file_lock{std::move(made)};
}

result<file_lock> file_lock::adopt(handle file, const options& wish) {
  constexpr auto operation = "adopt file for locks";
  auto made = std::make_shared<state>();
  STRAIT_CHECK(detail::check_disk_file(operation, file.get(), {}));
  STRAIT_TRY(const bool writes, detail::can_write(operation, file.get()));
  made->read_only = !writes;
  STRAIT_CHECK(made->file.adopt(operation, std::move(file), wish));
  return file_lock{std::move(made)};
}

result<file_lock::held> file_lock::lock(const deadline& until, const file_range& which) {
  return take(locking, true, until, which);
}

result<file_lock::held> file_lock::lock_shared(const deadline& until, const file_range& which) {
  return take(sharing, false, until, which);
}

result<file_lock::held> file_lock::take(const char* operation, bool exclusive,
                                        const deadline& until, const file_range& which) {
  if (!state_) return fail(condition::bad_file_descriptor, operation);
  const auto subject = state_->name.text();
  if (until.stop_requested()) return fail(condition::operation_canceled, operation, subject);
  if (!can_be_locked(which)) return fail(condition::invalid_argument, operation, subject);
  if (exclusive && state_->read_only) {
    return fail(condition::permission_denied, operation, subject,
                "the file is open for reading only, which is enough for a shared lock alone");
  }
  STRAIT_CHECK(state_->reserve(operation, which));
  const auto had = state_->wait_for(operation, {.exclusive = exclusive, .which = which}, until);
  if (!had) {
    state_->forget(which);
    return fail(had.error());
  }
  return held{state_, which};
}

native_handle file_lock::native() const noexcept {
  return state_ ? state_->file.get() : no_handle;
}

}  // namespace strait
