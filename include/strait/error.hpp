// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

#include <strait/native.hpp>

namespace strait {

/// What a failure means, the same on every system.
///
/// The first block are the conditions of std::errc, with its values; the second block is ours.
/// A system's code that has no name here keeps its std::errc value on POSIX and is io_error on
/// Windows: `error::native` has what the system said.
enum class condition : int {
  address_family_not_supported = static_cast<int>(std::errc::address_family_not_supported),
  address_in_use = static_cast<int>(std::errc::address_in_use),
  address_not_available = static_cast<int>(std::errc::address_not_available),
  already_connected = static_cast<int>(std::errc::already_connected),
  argument_list_too_long = static_cast<int>(std::errc::argument_list_too_long),
  bad_address = static_cast<int>(std::errc::bad_address),
  bad_file_descriptor = static_cast<int>(std::errc::bad_file_descriptor),
  broken_pipe = static_cast<int>(std::errc::broken_pipe),
  connection_aborted = static_cast<int>(std::errc::connection_aborted),
  connection_refused = static_cast<int>(std::errc::connection_refused),
  connection_reset = static_cast<int>(std::errc::connection_reset),
  device_or_resource_busy = static_cast<int>(std::errc::device_or_resource_busy),
  directory_not_empty = static_cast<int>(std::errc::directory_not_empty),
  executable_format_error = static_cast<int>(std::errc::executable_format_error),
  file_exists = static_cast<int>(std::errc::file_exists),
  file_too_large = static_cast<int>(std::errc::file_too_large),
  filename_too_long = static_cast<int>(std::errc::filename_too_long),
  function_not_supported = static_cast<int>(std::errc::function_not_supported),
  host_unreachable = static_cast<int>(std::errc::host_unreachable),
  illegal_byte_sequence = static_cast<int>(std::errc::illegal_byte_sequence),
  invalid_argument = static_cast<int>(std::errc::invalid_argument),
  invalid_seek = static_cast<int>(std::errc::invalid_seek),
  io_error = static_cast<int>(std::errc::io_error),
  is_a_directory = static_cast<int>(std::errc::is_a_directory),
  message_size = static_cast<int>(std::errc::message_size),
  network_unreachable = static_cast<int>(std::errc::network_unreachable),
  no_buffer_space = static_cast<int>(std::errc::no_buffer_space),
  no_child_process = static_cast<int>(std::errc::no_child_process),
  no_lock_available = static_cast<int>(std::errc::no_lock_available),
  no_space_on_device = static_cast<int>(std::errc::no_space_on_device),
  no_such_device = static_cast<int>(std::errc::no_such_device),
  no_such_file_or_directory = static_cast<int>(std::errc::no_such_file_or_directory),
  no_such_process = static_cast<int>(std::errc::no_such_process),
  not_a_directory = static_cast<int>(std::errc::not_a_directory),
  not_a_socket = static_cast<int>(std::errc::not_a_socket),
  not_connected = static_cast<int>(std::errc::not_connected),
  not_enough_memory = static_cast<int>(std::errc::not_enough_memory),
  not_supported = static_cast<int>(std::errc::not_supported),
  operation_canceled = static_cast<int>(std::errc::operation_canceled),
  operation_in_progress = static_cast<int>(std::errc::operation_in_progress),
  operation_not_permitted = static_cast<int>(std::errc::operation_not_permitted),
  permission_denied = static_cast<int>(std::errc::permission_denied),
  read_only_file_system = static_cast<int>(std::errc::read_only_file_system),
  resource_deadlock_would_occur = static_cast<int>(std::errc::resource_deadlock_would_occur),
  resource_unavailable_try_again = static_cast<int>(std::errc::resource_unavailable_try_again),
  text_file_busy = static_cast<int>(std::errc::text_file_busy),
  timed_out = static_cast<int>(std::errc::timed_out),
  too_many_files_open = static_cast<int>(std::errc::too_many_files_open),
  too_many_files_open_in_system = static_cast<int>(std::errc::too_many_files_open_in_system),
  too_many_symbolic_link_levels = static_cast<int>(std::errc::too_many_symbolic_link_levels),
  value_too_large = static_cast<int>(std::errc::value_too_large),

  peer_died = 10'001,        ///< The process at the other end died in the middle of something.
  owner_died = 10'002,       ///< The holder of a lock died; the lock is held by the caller now.
  not_recoverable = 10'003,  ///< The holder died, and a later one gave up on the state.
  corrupted = 10'004,        ///< What is in shared memory or in a message cannot be right.
  incompatible = 10'005,     ///< Made by a program with another layout or version of the object.
  name_collision = 10'006,   ///< Another object has the shortened form of this name.
  unknown_host = 10'007      ///< No host has this name.
};

[[nodiscard]] STRAIT_API std::error_code make_error_code(condition c) noexcept;
[[nodiscard]] STRAIT_API std::error_condition make_error_condition(condition c) noexcept;

/// The name of the object an operation failed on, shortened in the middle if it is long.
class subject_name {
 public:
  static constexpr std::size_t max_size = 47;

  constexpr subject_name() noexcept = default;
  constexpr subject_name(std::string_view name) noexcept;

  [[nodiscard]] constexpr std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  constexpr void append(std::string_view part) noexcept {
    for (const char c : part) text_[size_++] = c;
  }

  std::array<char, max_size> text_{};
  std::uint8_t size_ = 0;
};

/// Why an operation failed.
///
/// Branch on `condition`, which means the same on every system; log `message()`, which also tells
/// what the system really said. Copying an error copies bytes and allocates nothing.
struct error {
  strait::condition condition = strait::condition::io_error;
  int native = 0;              ///< errno or GetLastError(); 0 if the library itself refused.
  const char* operation = "";  ///< What was tried. A string literal.
  subject_name subject = {};   ///< What it was tried on; empty for things without a name.
  /// Bytes that a whole transfer, such as write_all, had moved; of a datagram that did not fit
  /// (message_size) how long it was.
  std::uint64_t done = 0;
  const char* hint = "";  ///< What to look at, if the library knows. A string literal.

  /// For example "start 'tool': no such file or directory (ENOENT 2)".
  [[nodiscard]] STRAIT_API std::string message() const;

  friend constexpr bool operator==(const error& e, strait::condition c) noexcept {
    return e.condition == c;
  }
  friend constexpr bool operator==(const error& e, std::errc c) noexcept {
    return static_cast<int>(e.condition) == static_cast<int>(c);
  }
};

static_assert(sizeof(error) <= 80, "errors are passed by value");

/// What every function that can fail returns.
template <class T = void>
using result = std::expected<T, error>;

constexpr subject_name::subject_name(std::string_view name) noexcept {
  if (name.size() <= max_size) {
    append(name);
    return;
  }
  constexpr std::string_view gap = "...";
  constexpr std::size_t half = (max_size - gap.size()) / 2;
  constexpr auto continues = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
  };
  // Both cuts move outwards to the edge of a character: what is left stays valid UTF-8.
  auto head = half;
  while (head > 0 && continues(name[head])) --head;
  auto tail = name.size() - half;
  while (tail < name.size() && continues(name[tail])) ++tail;
  append(name.substr(0, head));
  append(gap);
  append(name.substr(tail));
}

}  // namespace strait

template <>
struct std::is_error_condition_enum<strait::condition> : std::true_type {};
