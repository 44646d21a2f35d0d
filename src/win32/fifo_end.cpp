// SPDX-License-Identifier: MIT
#include "fifo_end.hpp"

#include "pipe_factory.hpp"

namespace strait::win32 {
namespace {

constexpr auto listening = "wait for a writer of FIFO";
constexpr auto reading = "read from FIFO";

}  // namespace

fifo_instance::~fifo_instance() {
  if (!in_flight_) return;
  ::CancelIoEx(pipe_.get(), &io_);
  // The event is not ours alone: that it is set says nothing, so it is reset before each look.
  for (;;) {
    ::ResetEvent(changed_);
    if (outcome() != ERROR_IO_INCOMPLETE) return;
    ::WaitForSingleObject(changed_, INFINITE);
  }
}

/// How the call in flight has ended, or ERROR_IO_INCOMPLETE.
DWORD fifo_instance::outcome() noexcept {
  DWORD moved = 0;
  return ::GetOverlappedResult(pipe_.get(), &io_, &moved, FALSE) ? ERROR_SUCCESS : ::GetLastError();
}

result<> fifo_instance::listen() {
  io_ = {};
  io_.hEvent = changed_;
  in_flight_ = ::ConnectNamedPipe(pipe_.get(), &io_) != FALSE;
  if (in_flight_) return {};
  const auto code = ::GetLastError();
  in_flight_ = code == ERROR_IO_PENDING;
  if (in_flight_) return {};
  // Somebody was faster; and may have gone again, leaving messages.
  if (code != ERROR_PIPE_CONNECTED && code != ERROR_NO_DATA) {
    return fail(make_error(listening, code));
  }
  now_ = stage::idle;
  return {};
}

/// Begins a read of no bytes: it ends when a message comes, and takes nothing of it.
void fifo_instance::look() {
  now_ = stage::quiet;
  io_ = {};
  io_.hEvent = changed_;
  char nothing = 0;
  in_flight_ = ::ReadFile(pipe_.get(), &nothing, 0, nullptr, &io_) != FALSE;
  if (in_flight_) return;
  const auto code = ::GetLastError();
  in_flight_ = code == ERROR_IO_PENDING;
  if (in_flight_) return;
  now_ = code == ERROR_MORE_DATA ? stage::readable : stage::gone;
}

result<bool> fifo_instance::update() {
  if (now_ == stage::idle) {
    look();
    return true;
  }
  if (!in_flight_) return false;
  const auto code = outcome();
  if (code == ERROR_IO_INCOMPLETE) return false;
  in_flight_ = false;
  if (now_ == stage::listening) {
    // Windows ends what a thread has begun when the thread ends.
    if (code == ERROR_OPERATION_ABORTED) {
      STRAIT_CHECK(listen());
    } else {
      now_ = stage::idle;
    }
  } else if (code == ERROR_MORE_DATA) {
    now_ = stage::readable;
  } else if (code == ERROR_SUCCESS || code == ERROR_OPERATION_ABORTED) {
    now_ =
        stage::idle;  // a message of no bytes, which only a foreign program writes, is no message
  } else {
    now_ = stage::gone;
  }
  return true;
}

bool fifo_instance::has_lost_writer() const noexcept {
  return is_connected(reading, pipe_.get()) == false;
}

result<fifo_instance::piece> fifo_instance::read(bytes into, HANDLE done) {
  is_fresh_ = false;
  OVERLAPPED io{};
  io.hEvent = done;
  DWORD moved = 0;
  DWORD code = ERROR_SUCCESS;
  if (!::ReadFile(pipe_.get(), into.data(), clamp(into.size()), nullptr, &io)) {
    code = ::GetLastError();
  }
  if (code == ERROR_IO_PENDING) {
    // What was there is there no more: its writer was killed in the middle of writing it.
    ::CancelIoEx(pipe_.get(), &io);
    code = ERROR_SUCCESS;
  }
  if (code == ERROR_SUCCESS || code == ERROR_MORE_DATA) {
    code = ::GetOverlappedResult(pipe_.get(), &io, &moved, TRUE) ? ERROR_SUCCESS : ::GetLastError();
  }
  now_ = code == ERROR_MORE_DATA ? stage::readable : stage::idle;
  switch (code) {
    case ERROR_SUCCESS:
    case ERROR_MORE_DATA: return piece{.size = moved, .is_last = code == ERROR_SUCCESS};
    case ERROR_OPERATION_ABORTED: return piece{};
    default: break;
  }
  now_ = stage::gone;
  if (condition_of(code) == condition::broken_pipe) return piece{};
  return fail(make_error(reading, code));
}

}  // namespace strait::win32
