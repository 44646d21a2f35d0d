// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <strait/error.hpp>
#include <strait/native.hpp>

namespace strait {

/// Who can find a name.
enum class scope : std::uint8_t {
  user,    ///< This user's processes. Windows: those of this user in one logon session.
  machine  ///< Every user's processes.
};

/// Exactly what the system shall be asked for, to reach what another program made.
///
/// For sockets, FIFOs and leases a path; for connections on Windows the name of a pipe, with or
/// without `\\.\pipe\` before it. No rule of strait applies, nothing is checked but what the
/// system itself refuses.
class native_name {
 public:
  explicit native_name(std::string text) noexcept : text_{std::move(text)} {}

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// What processes that know nothing else of each other call a thing that they share.
///
///     auto listener = local_listener::create("editor");
///     auto listener = local_listener::create({"update-service", scope::machine});
///     auto stream = local_stream::connect(native_name{"/run/other/program.sock"});
///
/// 1 to 200 of the characters a-z, 0-9, '.', '_' and '-', beginning with a letter or digit: what
/// every system can tell apart. Whatever else there is, is refused with invalid_argument by the
/// function that gets the name, with a hint which character or which limit it was.
///
/// Each kind of thing has its names for itself: a lease and a listener may share one. What the
/// system calls them is fixed, for other programs to rely on:
///
/// | thing | POSIX | Windows |
/// |---|---|---|
/// | listener | `DIR/NAME.socket` | `\\.\pipe\strait.USER.NAME.socket` |
/// | FIFO | `DIR/NAME.fifo` | `\\.\pipe\strait.USER.NAME.fifo` |
/// | lease | `DIR/NAME.lease` | `DIR\USER.NAME.lease` |
/// | shared memory | shm_open's `/strait-USER.NAME.memory` | `Local\strait.USER.NAME.memory` |
///
/// DIR is the runtime directory. For scope::user: STRAIT_RUNTIME_DIR if the environment has it,
/// else `strait-UID` in /tmp on POSIX and in the user's own temporary directory on macOS, and
/// %LOCALAPPDATA%\strait on Windows. It is made for its owner alone, and refused with
/// permission_denied if it is another user's or others have any access to it (mode 0700), with
/// not_a_directory if it is none, or a link to one.
/// For scope::machine: STRAIT_MACHINE_DIR, else /tmp/strait, made with mode 1777 as /tmp itself,
/// and %ProgramData%\strait on Windows; refused if others may remove what is in it. Containers that
/// are to talk must share the directory.
/// USER is `SESSION.SID` on Windows, where `Local` becomes `Global` for scope::machine, and the
/// user's number on POSIX; for scope::machine `machine`. Where the environment names the directory,
/// `~` and the first 8 characters of its digest follow on POSIX: who has another one shares
/// nothing. Beside shared memory there is a file in DIR with the same ending if it is persistent on
/// Windows, and always on macOS and FreeBSD.
///
/// What is longer than a system takes (a socket's path has at most 107 bytes on Linux and 103 on
/// macOS and FreeBSD, a shared object's name 30 on macOS, a pipe's 256 characters) keeps its
/// beginning, and the rest becomes `~` and 26 characters of base 32: the 128-bit FNV-1a of the
/// whole. The whole name stands in the lock file beside the object; who meets another's there
/// fails with name_collision.
class name {
 public:
  static constexpr std::size_t max_size = 200;

  // All of them implicit: a name is written in place.
  name(const char* text, scope where = scope::user) : text_{text}, where_{where} {}
  name(std::string_view text, scope where = scope::user) : text_{text}, where_{where} {}
  name(std::string text, scope where = scope::user) noexcept
      : text_{std::move(text)}, where_{where} {}
  name(const native_name& exact) : text_{exact.text()}, is_native_{true} {}

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] scope where() const noexcept { return where_; }
  [[nodiscard]] bool is_native() const noexcept { return is_native_; }

  /// Whether it is one: fails with invalid_argument, and says why in error::hint.
  [[nodiscard]] STRAIT_API result<> check() const noexcept;

 private:
  std::string text_;
  scope where_ = scope::user;
  bool is_native_ = false;
};

}  // namespace strait
