// SPDX-License-Identifier: MIT
#include <strait/wait.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "../few_or_many.hpp"
#include "pipe_factory.hpp"
#include "socket_call.hpp"

namespace strait {
namespace {

using kind = detail::watched::kind;

using clock = deadline::clock;

constexpr auto operation = "wait for any";
constexpr std::chrono::milliseconds room_may_be_hidden_after{100};

/// One thing while it is watched.
struct watch {
  detail::watched thing;
  /// Of a read of zero bytes. While that is in flight the kernel knows its address.
  OVERLAPPED io{};
  DWORD flags = 0;  ///< Of that read, if it is a socket's; the system may write to them, too.
  HANDLE pool_wait = nullptr;
  bool is_selected = false;  ///< Of a socket: its events are reported.
  bool is_in_flight = false;
  bool is_ready = false;
};

/// Watches things for as long as it lives.
///
/// One event serves all reads. The start of a read resets it, so every read is looked at once all
/// have been started, and only then it is waited for.
class watcher {
 public:
  explicit watcher(std::size_t count) : watches_{count} {}
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;
  ~watcher() { end(); }

  [[nodiscard]] std::span<watch> watches() const noexcept { return watches_.all(); }
  [[nodiscard]] bool any_ready() const noexcept {
    return std::ranges::any_of(watches(), &watch::is_ready);
  }

  /// Waits until something is ready. What fails by itself is ready alone.
  result<> wait(const deadline& until) {
    STRAIT_TRY(event_, win32::make_event(operation));
    objects_[objects_count_++] = event_.get();
    STRAIT_CHECK(for_each([this](watch& w) { return begin(w); }));
    for (DWORD pace = 1;; pace = std::min<DWORD>(2 * pace, 10)) {
      STRAIT_CHECK(for_each([this](watch& w) { return look(w); }));
      if (any_ready()) return {};
      STRAIT_CHECK(win32::check_time(operation, until));
      STRAIT_CHECK(win32::wait_for_any(operation, std::span{objects_}.first(objects_count_), until,
                                       looks_for_room_ ? pace : at_most_));
      ::ResetEvent(event_.get());
    }
  }

  /// Stops watching. What became ready until then is.
  void end() noexcept {
    for (auto& w : watches()) {
      if (w.is_in_flight) ::CancelIoEx(w.thing.what, &w.io);
    }
    while (any_in_flight()) {
      ::ResetEvent(event_.get());
      for (auto& w : watches()) {
        const auto code = end_of_read(w);
        if (code && *code != ERROR_OPERATION_ABORTED) static_cast<void>(read_ended(w, *code));
      }
      if (any_in_flight()) ::WaitForSingleObject(event_.get(), INFINITE);
    }
    for (auto& w : watches()) {
      if (w.pool_wait != nullptr) ::UnregisterWaitEx(w.pool_wait, INVALID_HANDLE_VALUE);
      w.pool_wait = nullptr;
      if (w.is_selected) ::WSAEventSelect(as_socket(w), nullptr, 0);
      w.is_selected = false;
    }
  }

 private:
  [[nodiscard]] bool any_in_flight() const noexcept {
    return std::ranges::any_of(watches(), &watch::is_in_flight);
  }

  template <class Step>
  result<> for_each(Step step) {
    for (auto& w : watches()) {
      if (auto done = step(w); !done) {
        for (auto& other : watches()) other.is_ready = &other == &w;
        return done;
      }
    }
    return {};
  }

  result<> begin(watch& w) {
    switch (w.thing.until) {
      case kind::readable: return begin_read(w);
      case kind::writable:
        looks_for_room_ = !w.thing.is_socket || looks_for_room_;
        return w.thing.is_socket ? select(w, FD_WRITE | FD_CONNECT | FD_CLOSE) : result<>{};
      case kind::acceptable: at_most_ = 100; return select(w, FD_ACCEPT);
      case kind::signalled: break;
    }
    return listen(w);
  }

  result<> begin_read(watch& w) {
    w.is_ready = w.thing.ended != nullptr && *w.thing.ended;
    if (w.is_ready) return {};
    w.io.hEvent = event_.get();
    const auto code = read_nothing(w);
    if (code == ERROR_SUCCESS) return read_ended(w, code);
    w.is_in_flight = code == ERROR_IO_PENDING;
    return w.is_in_flight ? result<>{} : read_ended(w, code);
  }

  static DWORD read_nothing(watch& w) noexcept {
    char nothing = 0;
    if (!w.thing.is_socket) {
      const bool is_done = ::ReadFile(w.thing.what, &nothing, 0, nullptr, &w.io) != FALSE;
      return is_done ? ERROR_SUCCESS : ::GetLastError();
    }
    WSABUF none{.len = 0, .buf = &nothing};
    w.flags = win32::is_datagram(as_socket(w)) ? MSG_PEEK : 0;  // of those nothing is taken, either
    const int code = ::WSARecv(as_socket(w), &none, 1, nullptr, &w.flags, &w.io, nullptr);
    return code == 0 ? ERROR_SUCCESS : static_cast<DWORD>(::WSAGetLastError());
  }

  static SOCKET as_socket(const watch& w) noexcept {
    return reinterpret_cast<SOCKET>(w.thing.what);
  }

  /// Has what may happen to a socket set the event. What has happened already does so at once.
  result<> select(watch& w, long what) {
    if (::WSAEventSelect(as_socket(w), event_.get(), what) != 0) {
      return fail(win32::last_socket_error(operation));
    }
    w.is_selected = true;
    return {};
  }

  /// How a read ended that was in flight; nothing if it still is, or none was.
  static std::optional<DWORD> end_of_read(watch& w) {
    if (!w.is_in_flight) return std::nullopt;
    DWORD moved = 0;
    const bool is_done = ::GetOverlappedResult(w.thing.what, &w.io, &moved, FALSE) != FALSE;
    const auto code = is_done ? ERROR_SUCCESS : ::GetLastError();
    if (code == ERROR_IO_INCOMPLETE) return std::nullopt;
    w.is_in_flight = false;
    return code;
  }

  /// What a connected socket for datagrams was told by the host it has sent to.
  static bool is_refusal(DWORD code) noexcept {
    return code == WSAECONNRESET || code == WSAENETRESET || code == ERROR_PORT_UNREACHABLE;
  }

  static result<> read_ended(watch& w, DWORD code) {
    const bool is_refused = w.thing.is_socket && w.thing.ended != nullptr && is_refusal(code);
    if (is_refused) *w.thing.ended = true;
    // Of a message with content nothing is taken, and ERROR_MORE_DATA says so; one without is gone.
    const bool is_end = code == ERROR_SUCCESS && w.thing.ended != nullptr && !w.thing.is_socket;
    if (is_end) *w.thing.ended = true;
    w.is_ready = true;
    const bool is_worth_a_try = w.thing.is_socket ? is_of_connection(code) : is_of_pipe(code);
    if (!is_worth_a_try) return fail(win32::make_error(operation, code));
    return {};
  }

  static bool is_of_pipe(DWORD code) noexcept {
    return code == ERROR_SUCCESS || code == ERROR_MORE_DATA || code == ERROR_OPERATION_ABORTED ||
           win32::condition_of(code) == condition::broken_pipe;
  }

  /// Whatever has become of a connection: a read tells.
  static bool is_of_connection(DWORD code) noexcept {
    const auto why = win32::condition_of(code);
    return why != condition::bad_file_descriptor && why != condition::not_a_socket;
  }

  /// The first of them are waited for directly, the thread pool does it for more.
  result<> listen(watch& w) {
    const auto known = std::span{objects_}.first(objects_count_);
    if (std::ranges::find(known, w.thing.what) != known.end()) return {};
    if (objects_count_ < objects_.size()) {
      objects_[objects_count_++] = w.thing.what;
      return {};
    }
    const auto ring = [](void* event, BOOLEAN /*timed_out*/) { ::SetEvent(event); };
    return win32::check(operation, ::RegisterWaitForSingleObject(
                                       &w.pool_wait, w.thing.what, ring, event_.get(), INFINITE,
                                       WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD));
  }

  result<> look(watch& w) {
    if (const auto code = end_of_read(w); code) return read_ended(w, *code);
    if (w.is_selected) {
      const bool is_lost = win32::was_lost(as_socket(w));
      // Another thread that waited for the same listener has ended our events, or taken the peer.
      if (w.thing.until == kind::acceptable) STRAIT_CHECK(select(w, FD_ACCEPT));
      w.is_ready = is_lost || win32::is_ready(as_socket(w), w.thing.until == kind::writable);
      return {};
    }
    if (w.thing.until == kind::writable) return look_for_room(w);
    if (w.thing.until == kind::signalled) {
      const auto seen = ::WaitForSingleObject(w.thing.what, 0);
      if (seen == WAIT_FAILED) return fail(win32::last_error(operation));
      w.is_ready = seen == WAIT_OBJECT_0;
    }
    return {};
  }

  result<> look_for_room(watch& w) {
    const auto room = win32::room_in(operation, w.thing.what);
    if (!room && room.error() != condition::broken_pipe) return fail(room.error());
    auto& since = w.thing.full_since != nullptr ? *w.thing.full_since : full_since_;
    w.is_ready = !room || room->is_enough() || has_lasted(since);
    if (w.is_ready) since = {};
    return {};
  }

  /// Who is busy with other things and looks for moments only comes to an end, too.
  static bool has_lasted(clock::time_point& since) {
    const auto now = clock::now();
    if (since == clock::time_point{}) since = now;
    return now - since >= room_may_be_hidden_after;
  }

  few_or_many<watch, 16> watches_;
  handle event_;
  std::array<HANDLE, win32::most_objects> objects_{};  ///< The event first.
  std::size_t objects_count_ = 0;
  bool looks_for_room_ = false;
  DWORD at_most_ = INFINITE;  ///< How long nothing is looked at.
  clock::time_point full_since_;
};

}  // namespace

result<> readiness::wait(std::span<readiness> things, const deadline& until) {
  watcher all{things.size()};
  for (std::size_t i = 0; i < things.size(); ++i) all.watches()[i].thing = things[i].thing_;
  auto waited = all.wait(until);
  const bool gave_up = !waited && !all.any_ready();
  if (waited || gave_up) all.end();  // and what came in the last moment counts
  for (std::size_t i = 0; i < things.size(); ++i) {
    things[i].is_ready_ = all.watches()[i].is_ready;
  }
  if (gave_up && all.any_ready()) return {};
  return waited;
}

}  // namespace strait
