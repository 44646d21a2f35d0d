// SPDX-License-Identifier: MIT
#include <strait/detail/readiness.hpp>

#include "win32.hpp"

namespace strait::detail {

/// A read of zero bytes in flight. The kernel knows its address, so it never moves.
struct readiness::pending {
  OVERLAPPED io{};
  handle done;
  native_handle end;

  explicit pending(native_handle h) noexcept : end{h} {}
  pending(const pending&) = delete;
  pending& operator=(const pending&) = delete;
  ~pending() {
    if (!done) return;
    ::CancelIoEx(end, &io);
    DWORD moved = 0;
    ::GetOverlappedResult(end, &io, &moved, TRUE);
  }
};

readiness::readiness() noexcept = default;
readiness::readiness(readiness&& other) noexcept = default;
readiness& readiness::operator=(readiness&& other) noexcept = default;
readiness::~readiness() = default;

result<native_handle> readiness::watch(native_handle end) {
  constexpr auto operation = "watch for data";
  cancel();
  auto begun = std::make_unique<pending>(end);
  STRAIT_TRY(auto done, win32::make_event(operation));
  begun->io.hEvent = done.get();
  char nothing = 0;
  if (!::ReadFile(end, &nothing, 0, nullptr, &begun->io)) {
    const auto code = ::GetLastError();
    // The end of the stream is something to read as well.
    const bool is_over = win32::condition_of(code) == condition::broken_pipe;
    if (is_over) ::SetEvent(done.get());
    if (!is_over && code != ERROR_IO_PENDING) return fail(win32::make_error(operation, code));
  }
  begun->done = std::move(done);
  pending_ = std::move(begun);
  return pending_->done.get();
}

result<> readiness::wait(const deadline& until) {
  constexpr auto operation = "wait until readable";
  if (!pending_) return fail(condition::bad_file_descriptor, operation);
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  return win32::wait_for(operation, pending_->done.get(), until);
}

void readiness::cancel() noexcept {
  pending_.reset();
}

}  // namespace strait::detail
