// SPDX-License-Identifier: MIT
#include <strait/fifo.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "../fail_point.hpp"
#include "../lock_file.hpp"
#include "fifo_end.hpp"
#include "pipe_factory.hpp"
#include "pipe_name.hpp"
#include "security.hpp"
#include "transfer.hpp"

namespace strait {
namespace {

using win32::fifo_instance;
using stage = fifo_instance::stage;

constexpr auto creating = "create FIFO";
constexpr auto opening = "open FIFO";
constexpr auto reading = "read from FIFO";

/// So many instances wait for writers.
constexpr std::size_t spares = 8;

}  // namespace

struct fifo_reader::state {
  options wish;
  std::string name;
  std::wstring path;
  win32::rights allowed;
  detail::lock_file claim;
  handle changed;    ///< Set by what happens to an instance.
  handle read_done;  ///< Set by a read from one.
  std::vector<std::unique_ptr<fifo_instance>> instances;
  std::size_t turn = 0;     ///< Whose message is looked at first.
  bool in_message = false;  ///< The one whose turn it is has not been read to the end.
  bool had_writer = false;  ///< Since the last end.
  bool is_armed = false;    ///< The event will be set by whatever happens next.

  state(const options& w, std::string n, std::wstring p, win32::rights a) noexcept
      : wish{w}, name{std::move(n)}, path{std::move(p)}, allowed{std::move(a)} {}

  static result<std::unique_ptr<state>> make(const strait::name& n, const options& wish);
  result<> wait_for_first(const deadline& until);
  result<std::size_t> read(bytes into, const deadline& until);
  void prepare_event();
  result<> close() noexcept;

 private:
  result<> claim_name(const strait::name& n);
  result<> make_first(bool has_lock);
  [[nodiscard]] result<handle> make_instance(DWORD flags) const;
  result<bool> update();
  result<> keep_spares();
  result<bool> look();
  result<> wait(const char* operation, const deadline& until);
  [[nodiscard]] std::size_t count(stage wanted) const noexcept;
  [[nodiscard]] std::optional<std::size_t> first_before(std::size_t next) const noexcept;
  bool find_message() noexcept;
  result<std::size_t> read_piece(bytes into);
  [[nodiscard]] bool is_over() const noexcept;
};

result<std::unique_ptr<fifo_reader::state>> fifo_reader::state::make(const strait::name& n,
                                                                     const options& wish) {
  STRAIT_CHECK(detail::check_reach(n, wish.who));
  STRAIT_TRY(auto path, win32::pipe_name(n, "fifo"));
  STRAIT_TRY(auto allowed, win32::rights::make(wish.who));
  auto made = std::make_unique<state>(wish, n.text(), std::move(path), std::move(allowed));
  STRAIT_TRY(made->changed, win32::make_event(creating));
  STRAIT_TRY(made->read_done, win32::make_event(creating));
  if (!n.is_native()) STRAIT_CHECK(made->claim_name(n));
  detail::fail_point("FIFO: claimed");
  STRAIT_CHECK(made->make_first(!n.is_native()));
  detail::fail_point("FIFO: first instance");
  STRAIT_CHECK(made->keep_spares());
  detail::fail_point("FIFO: all instances");
  return made;
}

result<> fifo_reader::state::claim_name(const strait::name& n) {
  STRAIT_TRY(auto where, detail::place_of(n, "fifo", wish.who));
  where.path += ".lock";
  auto claimed = detail::lock_file::claim(creating, where, wish.who);
  if (!claimed && claimed.error() == condition::resource_unavailable_try_again) {
    return fail(condition::address_in_use, creating, name);
  }
  STRAIT_TRY(claim, std::move(claimed));
  return {};
}

result<handle> fifo_reader::state::make_instance(DWORD flags) const {
  auto attributes = allowed.attributes();
  return win32::own(
      creating,
      ::CreateNamedPipeW(path.c_str(), PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | flags,
                         PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_REJECT_REMOTE_CLIENTS,
                         PIPE_UNLIMITED_INSTANCES, 0, win32::capacity_for(wish.capacity), 0,
                         &attributes),
      name);
}

/// Makes the instance that nobody may have made before.
result<> fifo_reader::state::make_first(bool has_lock) {
  auto first = make_instance(FILE_FLAG_FIRST_PIPE_INSTANCE);
  const bool is_taken = !first && (first.error().native == ERROR_ACCESS_DENIED ||
                                   first.error().native == ERROR_PIPE_BUSY);
  if (is_taken && !has_lock) return fail(condition::address_in_use, creating, name);
  if (is_taken) {
    // A pipe exists as long as a writer of a dead reader has it open. But another user may have
    // made one to be taken for us.
    first = make_instance(0);
    if (first) STRAIT_CHECK(win32::check_owner(creating, first->get(), name));
  }
  if (!first) return fail(first.error());
  instances.push_back(std::make_unique<fifo_instance>(*std::move(first), changed.get()));
  return instances.back()->listen();
}

std::size_t fifo_reader::state::count(stage wanted) const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(instances, [wanted](const auto& one) { return one->now() == wanted; }));
}

/// Drops instances whose writers have gone, and makes what is missing. None is used a second time:
/// writers get them in the order in which they were made, and so it is known who came first.
result<> fifo_reader::state::keep_spares() {
  for (auto i = instances.size(); i-- > 0;) {
    if (instances[i]->now() != stage::gone) continue;
    instances.erase(instances.begin() + static_cast<std::ptrdiff_t>(i));
    if (turn > i) --turn;
  }
  auto waiting = count(stage::listening);
  for (; waiting < spares; ++waiting) {
    auto one = make_instance(0);
    if (!one && waiting > 0) return {};  // enough to go on with
    if (!one) return fail(one.error());
    instances.push_back(std::make_unique<fifo_instance>(*std::move(one), changed.get()));
    STRAIT_CHECK(instances.back()->listen());
  }
  return {};
}

/// Looks at all instances, and tells whether anything has happened.
result<bool> fifo_reader::state::update() {
  bool has_changed = false;
  for (const auto& one : instances) {
    STRAIT_TRY(const bool changed_here, one->update());
    has_changed = has_changed || changed_here || one->now() == stage::gone;
    had_writer = had_writer || one->now() != stage::listening;
  }
  is_armed = is_armed && !has_changed;
  if (has_changed) STRAIT_CHECK(keep_spares());
  return has_changed;
}

/// Waits until something happens, after update() has found nothing. The event is reset first, and
/// then all are looked at once more: what begins a call may reset it as well.
result<> fifo_reader::state::wait(const char* operation, const deadline& until) {
  if (!std::exchange(is_armed, !is_armed)) {
    ::ResetEvent(changed.get());
    return {};
  }
  auto waited = win32::wait_for(operation, changed.get(), until);
  if (!waited) waited.error().subject = std::string_view{name};
  return waited;
}

/// Who is to be heard before the instance `next` is heard for the first time: whatever a writer has
/// left who had gone when that one came. It may be the same one, who came again. Nobody is if that
/// cannot be told yet.
std::optional<std::size_t> fifo_reader::state::first_before(std::size_t next) const noexcept {
  if (!instances[next]->is_fresh()) return next;
  for (std::size_t i = 0; i < next; ++i) {
    const auto now = instances[i]->now();
    if (now == stage::idle) return std::nullopt;
    if (now == stage::readable && instances[i]->has_lost_writer()) return i;
  }
  return next;
}

/// Goes to the next instance that has a message.
bool fifo_reader::state::find_message() noexcept {
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const auto next = (turn + i) % instances.size();
    if (instances[next]->now() != stage::readable) continue;
    if (const auto first = first_before(next)) {
      turn = *first;
      return true;
    }
  }
  return false;
}

/// Reads from the instance whose turn it is. The next one's comes at the end of the message.
result<std::size_t> fifo_reader::state::read_piece(bytes into) {
  STRAIT_TRY(const auto piece, instances[turn]->read(into, read_done.get()));
  in_message = !piece.is_last;
  if (!in_message) ++turn;
  return piece.size;
}

/// Whether all writers of a stream have gone.
bool fifo_reader::state::is_over() const noexcept {
  return wish.end == at_end::finish && had_writer && count(stage::listening) == instances.size();
}

/// Whether anything has changed. In the middle of a message nobody else matters.
result<bool> fifo_reader::state::look() {
  if (in_message) return true;
  return update();
}

result<std::size_t> fifo_reader::state::read(bytes into, const deadline& until) {
  if (into.empty()) return 0;
  for (bool is_first = true;; is_first = false) {
    if (until.stop_requested()) return fail(condition::operation_canceled, reading, name);
    STRAIT_TRY(const bool has_changed, look());
    if (in_message || find_message()) {
      STRAIT_TRY(const auto size, read_piece(into));
      if (size != 0) return size;
    } else if (is_over()) {
      had_writer = false;
      return 0;
    } else if (!has_changed) {
      STRAIT_CHECK(wait(reading, until));
      continue;
    }
    // Somebody who sends messages of no bytes all the time holds nobody beyond a deadline.
    if (!is_first && until.has_passed()) return fail(condition::timed_out, reading, name);
  }
}

result<> fifo_reader::state::wait_for_first(const deadline& until) {
  for (;;) {
    if (until.stop_requested()) return fail(condition::operation_canceled, opening, name);
    STRAIT_TRY(const bool has_changed, update());
    if (had_writer) return {};
    if (!has_changed) STRAIT_CHECK(wait(opening, until));
  }
}

/// Sees to it that the event is set while there is something to read, and when something happens.
void fifo_reader::state::prepare_event() {
  bool is_quiet = false;
  for (int looks = 0; looks < 4 && !is_quiet && !in_message; ++looks) {
    ::ResetEvent(changed.get());
    is_quiet = update() == false;
  }
  if (!is_quiet || find_message() || is_over()) ::SetEvent(changed.get());
}

result<> fifo_reader::state::close() noexcept {
  instances.clear();
  return claim.release();
}

fifo_reader::fifo_reader() noexcept = default;
fifo_reader::fifo_reader(fifo_reader&& other) noexcept = default;
fifo_reader& fifo_reader::operator=(fifo_reader&& other) noexcept = default;
fifo_reader::~fifo_reader() = default;
fifo_reader::fifo_reader(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

result<fifo_reader> fifo_reader::create(const name& n, const options& wish) {
  STRAIT_TRY(auto made, state::make(n, wish));
  return fifo_reader{std::move(made)};
}

result<fifo_reader> fifo_reader::open(const name& n, const deadline& until, const options& wish) {
  STRAIT_TRY(auto made, state::make(n, wish));
  STRAIT_CHECK(made->wait_for_first(until));
  return fifo_reader{std::move(made)};
}

result<std::size_t> fifo_reader::read(bytes into, const deadline& until) {
  if (!state_) return fail(condition::bad_file_descriptor, reading);
  return state_->read(into, until);
}

result<std::size_t> fifo_reader::read(bytes_list into, const deadline& until) {
  return read(win32::first_of(into), until);
}

readiness fifo_reader::readable() {
  if (state_) state_->prepare_event();
  return readiness{{.what = native(), .until = detail::watched::kind::signalled}};
}

result<> fifo_reader::close() noexcept {
  if (!state_) return {};
  return std::exchange(state_, {})->close();
}

native_handle fifo_reader::native() const noexcept {
  return state_ ? state_->changed.get() : no_handle;
}

}  // namespace strait
