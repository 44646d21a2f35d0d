// SPDX-License-Identifier: MIT
#include <strait/local_stream.hpp>

#include <algorithm>
#include <mutex>
#include <vector>

#include "../fail_point.hpp"
#include "../lock_file.hpp"
#include "local_pipe.hpp"
#include "pipe_name.hpp"

#include <aclapi.h>

namespace strait {
namespace {

constexpr auto creating = "create local listener";
constexpr auto accepting = "accept local stream";
constexpr auto adopting = "adopt local listener";

// Each who waits to be accepted has an instance of the pipe.
constexpr std::uint32_t most_waiting = 1024;

/// One instance of the pipe, for one peer. The kernel knows the address of `io`, so it never moves.
struct instance {
  handle pipe;
  OVERLAPPED io{};
  bool has_peer = false;

  explicit instance(handle h) noexcept : pipe{std::move(h)} {}
  instance(const instance&) = delete;
  instance& operator=(const instance&) = delete;
  ~instance();

  result<> listen(HANDLE event);
  result<bool> look();
  [[nodiscard]] bool has_ended() const noexcept {
    return has_peer || HasOverlappedIoCompleted(&io);
  }
};

instance::~instance() {
  if (has_ended()) return;
  ::CancelIoEx(pipe.get(), &io);
  // The event is that of all instances: it may tell of another.
  while (!has_ended()) {
    ::ResetEvent(io.hEvent);
    if (!has_ended()) ::WaitForSingleObject(io.hEvent, INFINITE);
  }
}

/// Has the pipe say through `event` that a peer has connected. One may have done so before.
result<> instance::listen(HANDLE event) {
  io = {};
  io.hEvent = event;
  if (::ConnectNamedPipe(pipe.get(), &io)) return {};
  const auto why = win32::last_error(accepting);
  if (why.native == ERROR_IO_PENDING) return {};
  io.Internal = 0;  // what failed at once is not pending
  // Who has closed again may have written something before.
  has_peer = why.native == ERROR_PIPE_CONNECTED || why.native == ERROR_NO_DATA;
  if (!has_peer) return fail(why);
  return {};
}

/// Looks whether a peer has connected.
result<bool> instance::look() {
  if (has_peer || !has_ended()) return has_peer;
  DWORD nothing = 0;
  if (::GetOverlappedResult(pipe.get(), &io, &nothing, FALSE)) {
    has_peer = true;
  } else {
    // The thread that began to listen is gone, and with it what it had begun. The pipe itself was
    // there all the time: whoever has connected meanwhile is found now.
    STRAIT_CHECK(listen(io.hEvent));
  }
  return has_peer;
}

}  // namespace

struct local_listener::state {
  std::wstring path;
  win32::rights allowed;
  detail::lock_file lock;
  /// Signalled if somebody may have connected: look. Each call of ConnectNamedPipe resets it.
  handle event;
  std::mutex mutex;
  std::vector<std::unique_ptr<instance>> instances;

  state(std::wstring p, win32::rights a) noexcept : path{std::move(p)}, allowed{std::move(a)} {}

  result<> begin(const name& n, std::uint32_t backlog);
  result<> add(handle pipe);
  result<local_stream> take();
  void refresh();
  result<local_stream> take_one();
  void ring() noexcept;
};

result<> local_listener::state::add(handle pipe) {
  auto fresh = std::make_unique<instance>(std::move(pipe));
  STRAIT_CHECK(fresh->listen(event.get()));
  instances.push_back(std::move(fresh));
  return {};
}

/// Somebody who has connected, or a closed stream. Never waits.
result<local_stream> local_listener::state::take() {
  const std::scoped_lock alone{mutex};
  ::ResetEvent(event.get());
  auto taken = take_one();
  // Who is left, also one who could not be taken for want of something, must not be forgotten.
  ring();
  return taken;
}

/// Has the event tell the truth: threads that began to listen and are gone have signalled it, too.
void local_listener::state::refresh() {
  const std::scoped_lock alone{mutex};
  ::ResetEvent(event.get());
  for (auto& i : instances) static_cast<void>(i->look());
  ring();
}

void local_listener::state::ring() noexcept {
  if (std::ranges::any_of(instances, [](const auto& i) { return i->has_ended(); })) {
    ::SetEvent(event.get());
  }
}

result<local_stream> local_listener::state::take_one() {
  for (std::size_t i = 0; i < instances.size(); ++i) {
    auto& found = *instances[i];
    STRAIT_TRY(const bool has_peer, found.look());
    if (!has_peer) continue;
    STRAIT_TRY(auto stream, local_stream::own(std::move(found.pipe)));
    // A new one takes its place before it is gone, so the name never vanishes, and goes behind all
    // others, so none of them waits for ever.
    auto fresh = win32::make_instance(accepting, path, allowed, 0);
    const auto added = fresh ? add(*std::move(fresh)) : fail(fresh.error());
    if (!added) {
      found.pipe = stream.release();
      return fail(added.error());
    }
    instances.erase(instances.begin() + static_cast<std::ptrdiff_t>(i));
    return stream;
  }
  return local_stream{};
}

namespace {

/// Sees that a pipe, some instances of which are left of a listener that has closed, is this
/// user's, and opens it to those alone who shall have access now.
result<> take_over(HANDLE pipe, const win32::rights& allowed, std::string_view subject) {
  STRAIT_CHECK(win32::check_owner(creating, pipe, subject));
  BOOL is_present = FALSE;
  BOOL is_default = FALSE;
  PACL list = nullptr;
  auto* const descriptor = allowed.attributes().lpSecurityDescriptor;
  STRAIT_CHECK(win32::check(
      creating, ::GetSecurityDescriptorDacl(descriptor, &is_present, &list, &is_default)));
  constexpr SECURITY_INFORMATION what = DACL_SECURITY_INFORMATION |
                                        PROTECTED_DACL_SECURITY_INFORMATION;
  const auto code = ::SetSecurityInfo(pipe, SE_KERNEL_OBJECT, what, nullptr, nullptr, list,
                                      nullptr);
  if (code != ERROR_SUCCESS) return fail(win32::make_error(creating, code, subject));
  return {};
}

result<detail::lock_file> claim(const name& n, access who) {
  if (n.is_native()) return {};
  STRAIT_TRY(const auto where, win32::lock_place(n, who));
  auto claimed = detail::lock_file::claim(creating, where, who);
  if (!claimed && claimed.error() == condition::resource_unavailable_try_again) {
    return fail(condition::address_in_use, creating, n.text());
  }
  return claimed;
}

}  // namespace

result<> local_listener::state::begin(const name& n, std::uint32_t backlog) {
  // Of a name of ours the lock decides; a connection of a former listener, which may live long, is
  // in nobody's way. Of other programs' names nobody knows but the pipe itself.
  const DWORD flags = n.is_native() ? FILE_FLAG_FIRST_PIPE_INSTANCE : WRITE_DAC;
  auto first = win32::make_instance(creating, path, allowed, flags, PIPE_UNLIMITED_INSTANCES,
                                    n.text());
  if (!first && n.is_native() && first.error().native == ERROR_ACCESS_DENIED) {
    first.error().condition = condition::address_in_use;
  }
  if (!first) return fail(first.error());
  DWORD count = 1;
  STRAIT_CHECK(win32::check(creating, ::GetNamedPipeHandleStateW(first->get(), nullptr, &count,
                                                                 nullptr, nullptr, nullptr, 0)));
  const auto wanted = std::clamp(backlog, 1U, most_waiting);
  if (count == 1) {
    STRAIT_CHECK(add(*std::move(first)));
  } else {
    STRAIT_CHECK(take_over(first->get(), allowed, n.text()));
  }
  // One that was not made by us alone goes at the end: who has connected to it may have had rights
  // that were taken away.
  while (instances.size() < wanted) {
    STRAIT_TRY(auto next, win32::make_instance(creating, path, allowed, 0));
    STRAIT_CHECK(add(std::move(next)));
  }
  return {};
}

local_listener::local_listener() noexcept = default;
local_listener::local_listener(local_listener&& other) noexcept = default;
local_listener& local_listener::operator=(local_listener&& other) noexcept = default;
local_listener::~local_listener() = default;
local_listener::local_listener(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

result<local_listener> local_listener::create(const name& n, const options& wish) {
  STRAIT_TRY(auto path, win32::pipe_name(n, "socket"));
  STRAIT_CHECK(detail::check_reach(n, wish.who));
  STRAIT_TRY(auto allowed, win32::rights::make(wish.who, win32::duplex_access_text));
  auto made = std::make_unique<state>(std::move(path), std::move(allowed));
  STRAIT_TRY(made->event, win32::make_event(creating));
  STRAIT_TRY(made->lock, claim(n, wish.who));
  detail::fail_point("local listener: claimed");
  STRAIT_CHECK(made->begin(n, wish.backlog));
  detail::fail_point("local listener: has its name");
  return local_listener{std::move(made)};
}

result<local_stream> local_listener::accept(const deadline& until) {
  if (!state_) return fail(condition::bad_file_descriptor, accepting);
  if (until.stop_requested()) return fail(condition::operation_canceled, accepting);
  for (;;) {
    STRAIT_TRY(auto taken, state_->take());
    if (taken) return taken;
    STRAIT_CHECK(win32::wait_for(accepting, state_->event.get(), until));
  }
}

readiness local_listener::acceptable() const noexcept {
  if (state_) state_->refresh();
  return readiness{{.what = native(), .until = detail::watched::kind::signalled}};
}

result<> local_listener::close() noexcept {
  if (!state_) return {};
  // First the pipe, while the lock keeps others from the name.
  state_->instances.clear();
  detail::fail_point("local listener: name given back");
  return std::exchange(state_, {})->lock.release();
}

result<local_listener> local_listener::adopt(handle h) {
  DWORD flags = 0;
  STRAIT_CHECK(win32::check(adopting, ::GetHandleInformation(h.get(), &flags)));
  return fail(condition::not_supported, adopting, {},
              "a pipe cannot be listened to through one handle");
}

native_handle local_listener::native() const noexcept {
  return state_ ? state_->event.get() : no_handle;
}

}  // namespace strait
