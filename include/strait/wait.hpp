// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/native.hpp>

namespace strait {

namespace detail {

/// What to ask the system about a thing.
struct watched {
  enum class kind : std::uint8_t {
    readable,
    writable,
    acceptable,  ///< Of sockets. POSIX: readable.
    signalled    ///< Until something else is done, a process that ended. POSIX: readable.
  };

  native_handle what = no_handle;
  kind until = kind::readable;
  bool is_socket = false;  ///< Windows: `what` is a SOCKET. It is no handle when it is no socket.
  /// Windows: the mark of a stream over a pipe of messages, where an empty message is the end.
  /// Looking at such a pipe may take that message, and then sets this. Of a connected socket for
  /// datagrams looking may take a refusal, and then sets it, too.
  bool* ended = nullptr;
  /// Windows: the writer's memory of when it was first seen without room; zero if there was room.
  deadline::clock::time_point* full_since = nullptr;

  [[nodiscard]] static watched socket(native_socket s, kind until) noexcept {
    return {.what = s == no_socket ? no_handle : as_handle(s), .until = until, .is_socket = true};
  }
};

}  // namespace detail

/// One thing to wait for with wait_any: `reader.readable()`, `worker.exited()`.
///
/// It refers to the thing, which must neither move nor go while this is used.
class readiness {
 public:
  readiness() noexcept = default;
  explicit readiness(const detail::watched& thing) noexcept : thing_{thing} {}

  /// Whether the last wait_any found it ready.
  [[nodiscard]] bool is_ready() const noexcept { return is_ready_; }

 private:
  friend STRAIT_API result<std::size_t> wait_any(std::span<readiness> things,
                                                 const deadline& until);
  static result<> wait(std::span<readiness> things, const deadline& until);

  detail::watched thing_;
  bool is_ready_ = false;
};

/// Waits until one or more of `things` are ready, whatever they are and however many; returns the
/// index of the first, and `is_ready()` of each tells of them all.
///
///     std::array things{worker.output.readable(), worker.exited()};
///     or_throw(wait_any(things, 10s));
///     if (things[0].is_ready()) ...
///
/// Ready means that the next call on the thing does not wait: there is data, room for
/// pipe::atomic_size bytes, an end or an error. It stays so until that call: what nobody attends to
/// is ready the next time, too. Give the call a deadline of `0ms` where others use the same thing
/// and may be faster.
///
/// Fails with timed_out, operation_canceled; bad_file_descriptor if something is closed, of which
/// `is_ready()` then tells; invalid_argument without things and deadline, for who would end that?
///
/// POSIX: poll. Windows: things are looked at by reads of zero bytes, and room every 10 ms, because
/// nothing can be waited for there. The system does not tell a full pipe from one whose reader, a
/// program without strait, waits for more than the pipe holds. So what is full for 100 ms is ready,
/// too, to be tried: write with a deadline of `0ms`.
[[nodiscard]] STRAIT_API result<std::size_t> wait_any(std::span<readiness> things,
                                                      const deadline& until = {});

/// The same, written in place: `wait_any({reader.readable(), worker.exited()}, 1s)`.
template <std::size_t Count>
// NOLINTNEXTLINE(cppcoreguidelines-rvalue-reference-param-not-moved): used where they stand
[[nodiscard]] result<std::size_t> wait_any(readiness (&&things)[Count],
                                           const deadline& until = {}) {
  return wait_any(std::span<readiness>{things}, until);
}

}  // namespace strait
