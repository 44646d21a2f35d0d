// SPDX-License-Identifier: MIT
#include <strait/error.hpp>

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "native_error.hpp"

namespace strait {
namespace {

struct meaning {
  condition value;
  std::string_view text;
};

// Our own words and not strerror's: those change with the system and the locale.
constexpr meaning meanings[] = {
    {condition::address_family_not_supported, "address family not supported"},
    {condition::address_in_use, "address in use"},
    {condition::address_not_available, "address not available"},
    {condition::already_connected, "already connected"},
    {condition::argument_list_too_long, "argument list too long"},
    {condition::bad_address, "bad address"},
    {condition::bad_file_descriptor, "not an open handle"},
    {condition::broken_pipe, "nobody is at the other end"},
    {condition::connection_aborted, "connection aborted"},
    {condition::connection_refused, "connection refused"},
    {condition::connection_reset, "connection reset by the peer"},
    {condition::device_or_resource_busy, "device or resource busy"},
    {condition::directory_not_empty, "directory not empty"},
    {condition::executable_format_error, "not in a format that can be executed"},
    {condition::file_exists, "already exists"},
    {condition::file_too_large, "file too large"},
    {condition::filename_too_long, "name too long"},
    {condition::function_not_supported, "this system cannot do that"},
    {condition::host_unreachable, "host unreachable"},
    {condition::illegal_byte_sequence, "text is not valid UTF-8"},
    {condition::invalid_argument, "invalid argument"},
    {condition::invalid_seek, "invalid seek"},
    {condition::io_error, "input/output error"},
    {condition::is_a_directory, "is a directory"},
    {condition::message_size, "message too long"},
    {condition::network_unreachable, "network unreachable"},
    {condition::no_buffer_space, "no buffer space"},
    {condition::no_child_process, "no such child process"},
    {condition::no_lock_available, "no lock available"},
    {condition::no_space_on_device, "no space left on the device"},
    {condition::no_such_device, "no such device"},
    {condition::no_such_file_or_directory, "no such file or directory"},
    {condition::no_such_process, "no such process"},
    {condition::not_a_directory, "not a directory"},
    {condition::not_a_socket, "not a socket"},
    {condition::not_connected, "not connected"},
    {condition::not_enough_memory, "not enough memory"},
    {condition::not_supported, "not supported"},
    {condition::operation_canceled, "stopped by request"},
    {condition::operation_in_progress, "operation in progress"},
    {condition::operation_not_permitted, "operation not permitted"},
    {condition::permission_denied, "permission denied"},
    {condition::read_only_file_system, "read-only file system"},
    {condition::resource_deadlock_would_occur, "would wait for itself for ever"},
    {condition::resource_unavailable_try_again, "not available now"},
    {condition::text_file_busy, "text file busy"},
    {condition::timed_out, "timed out"},
    {condition::too_many_files_open, "too many handles are open in this process"},
    {condition::too_many_files_open_in_system, "too many handles are open in the system"},
    {condition::too_many_symbolic_link_levels, "too many symbolic links"},
    {condition::value_too_large, "value too large"},
    {condition::peer_died, "the peer died"},
    {condition::owner_died, "the owner died"},
    {condition::not_recoverable, "state not recoverable"},
    {condition::corrupted, "corrupted"},
    {condition::incompatible, "made for something incompatible"},
    {condition::name_collision, "another object has this shortened name"},
    {condition::unknown_host, "no such host"},
};

std::string text_of(int value) {
  const auto* const found = std::ranges::find(meanings, static_cast<condition>(value),
                                              &meaning::value);
  if (found != std::end(meanings)) return std::string{found->text};
  return std::generic_category().message(value);
}

// The category of the conditions that std::errc does not have.
class strait_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "strait"; }
  [[nodiscard]] std::string message(int value) const override { return text_of(value); }
};

const std::error_category& category_of(condition c) noexcept {
  static const strait_category ours;
  if (c >= condition::peer_died) return ours;
  return std::generic_category();
}

}  // namespace

std::error_code make_error_code(condition c) noexcept {
  return {static_cast<int>(c), category_of(c)};
}

std::error_condition make_error_condition(condition c) noexcept {
  return {static_cast<int>(c), category_of(c)};
}

std::string error::message() const {
  auto text = std::string{operation};
  if (!subject.text().empty()) text += fmt::format(" '{}'", subject.text());
  text += ": " + text_of(static_cast<int>(condition));
  if (done != 0) text += fmt::format(" after {} bytes", done);
  if (const std::string_view more{hint}; !more.empty()) text += fmt::format(", {}", more);
  if (native == 0) return text;
  const auto name = native_error_name(native);
  return text + fmt::format(" ({} {})", name.empty() ? "native error" : name, native);
}

}  // namespace strait
