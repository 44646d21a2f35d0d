// SPDX-License-Identifier: MIT
// What Windows's error codes mean.
#include <algorithm>
#include <iterator>

#include "../native_error.hpp"
#include "win32.hpp"

namespace strait {
namespace {

struct meaning {  // NOLINT(clang-analyzer-optin.performance.Padding): read in this order
  DWORD code;
  std::string_view name;
  condition value;
};

constexpr meaning meanings[] = {
    {ERROR_FILE_NOT_FOUND, "ERROR_FILE_NOT_FOUND", condition::no_such_file_or_directory},
    {ERROR_PATH_NOT_FOUND, "ERROR_PATH_NOT_FOUND", condition::no_such_file_or_directory},
    {ERROR_MOD_NOT_FOUND, "ERROR_MOD_NOT_FOUND", condition::no_such_file_or_directory},
    {ERROR_INVALID_DRIVE, "ERROR_INVALID_DRIVE", condition::no_such_file_or_directory},
    {ERROR_BAD_PATHNAME, "ERROR_BAD_PATHNAME", condition::no_such_file_or_directory},
    {ERROR_TOO_MANY_OPEN_FILES, "ERROR_TOO_MANY_OPEN_FILES", condition::too_many_files_open},
    {ERROR_ACCESS_DENIED, "ERROR_ACCESS_DENIED", condition::permission_denied},
    {ERROR_SHARING_VIOLATION, "ERROR_SHARING_VIOLATION", condition::permission_denied},
    {ERROR_LOCK_VIOLATION, "ERROR_LOCK_VIOLATION", condition::no_lock_available},
    {ERROR_PRIVILEGE_NOT_HELD, "ERROR_PRIVILEGE_NOT_HELD", condition::operation_not_permitted},
    {740 /* not in every SDK */, "ERROR_ELEVATION_REQUIRED", condition::permission_denied},
    {ERROR_INVALID_HANDLE, "ERROR_INVALID_HANDLE", condition::bad_file_descriptor},
    {ERROR_NOT_ENOUGH_MEMORY, "ERROR_NOT_ENOUGH_MEMORY", condition::not_enough_memory},
    {ERROR_OUTOFMEMORY, "ERROR_OUTOFMEMORY", condition::not_enough_memory},
    {ERROR_COMMITMENT_LIMIT, "ERROR_COMMITMENT_LIMIT", condition::not_enough_memory},
    {ERROR_NO_SYSTEM_RESOURCES, "ERROR_NO_SYSTEM_RESOURCES", condition::not_enough_memory},
    {ERROR_NOT_ENOUGH_QUOTA, "ERROR_NOT_ENOUGH_QUOTA", condition::not_enough_memory},
    {ERROR_PAGEFILE_QUOTA, "ERROR_PAGEFILE_QUOTA", condition::not_enough_memory},
    {ERROR_BAD_ENVIRONMENT, "ERROR_BAD_ENVIRONMENT", condition::argument_list_too_long},
    {ERROR_BAD_FORMAT, "ERROR_BAD_FORMAT", condition::executable_format_error},
    {ERROR_BAD_EXE_FORMAT, "ERROR_BAD_EXE_FORMAT", condition::executable_format_error},
    {ERROR_EXE_MACHINE_TYPE_MISMATCH, "ERROR_EXE_MACHINE_TYPE_MISMATCH",
     condition::executable_format_error},
    {ERROR_WRITE_PROTECT, "ERROR_WRITE_PROTECT", condition::read_only_file_system},
    {ERROR_NOT_READY, "ERROR_NOT_READY", condition::device_or_resource_busy},
    {ERROR_BUSY, "ERROR_BUSY", condition::device_or_resource_busy},
    {ERROR_PIPE_BUSY, "ERROR_PIPE_BUSY", condition::device_or_resource_busy},
    {ERROR_USER_MAPPED_FILE, "ERROR_USER_MAPPED_FILE", condition::device_or_resource_busy},
    {ERROR_HANDLE_EOF, "ERROR_HANDLE_EOF", condition::io_error},
    {ERROR_HANDLE_DISK_FULL, "ERROR_HANDLE_DISK_FULL", condition::no_space_on_device},
    {ERROR_DISK_FULL, "ERROR_DISK_FULL", condition::no_space_on_device},
    {ERROR_FILE_TOO_LARGE, "ERROR_FILE_TOO_LARGE", condition::file_too_large},
    {ERROR_NOT_SUPPORTED, "ERROR_NOT_SUPPORTED", condition::not_supported},
    {ERROR_CALL_NOT_IMPLEMENTED, "ERROR_CALL_NOT_IMPLEMENTED", condition::function_not_supported},
    {ERROR_INVALID_FUNCTION, "ERROR_INVALID_FUNCTION", condition::not_supported},
    {ERROR_FILE_EXISTS, "ERROR_FILE_EXISTS", condition::file_exists},
    {ERROR_ALREADY_EXISTS, "ERROR_ALREADY_EXISTS", condition::file_exists},
    {ERROR_INVALID_PARAMETER, "ERROR_INVALID_PARAMETER", condition::invalid_argument},
    {ERROR_INVALID_NAME, "ERROR_INVALID_NAME", condition::invalid_argument},
    {ERROR_INVALID_FLAGS, "ERROR_INVALID_FLAGS", condition::invalid_argument},
    {ERROR_BROKEN_PIPE, "ERROR_BROKEN_PIPE", condition::broken_pipe},
    {ERROR_NO_DATA, "ERROR_NO_DATA", condition::broken_pipe},
    {ERROR_PIPE_NOT_CONNECTED, "ERROR_PIPE_NOT_CONNECTED", condition::broken_pipe},
    {ERROR_BAD_PIPE, "ERROR_BAD_PIPE", condition::invalid_argument},
    {ERROR_MORE_DATA, "ERROR_MORE_DATA", condition::message_size},
    {ERROR_SEM_TIMEOUT, "ERROR_SEM_TIMEOUT", condition::timed_out},
    {ERROR_TIMEOUT, "ERROR_TIMEOUT", condition::timed_out},
    {ERROR_OPERATION_ABORTED, "ERROR_OPERATION_ABORTED", condition::operation_canceled},
    {ERROR_CANCELLED, "ERROR_CANCELLED", condition::operation_canceled},
    {ERROR_FILENAME_EXCED_RANGE, "ERROR_FILENAME_EXCED_RANGE", condition::filename_too_long},
    {ERROR_BUFFER_OVERFLOW, "ERROR_BUFFER_OVERFLOW", condition::filename_too_long},
    {ERROR_DIRECTORY, "ERROR_DIRECTORY", condition::not_a_directory},
    {ERROR_DIR_NOT_EMPTY, "ERROR_DIR_NOT_EMPTY", condition::directory_not_empty},
    {ERROR_NO_UNICODE_TRANSLATION, "ERROR_NO_UNICODE_TRANSLATION",
     condition::illegal_byte_sequence},
    {ERROR_NOACCESS, "ERROR_NOACCESS", condition::bad_address},
    {ERROR_INVALID_ADDRESS, "ERROR_INVALID_ADDRESS", condition::bad_address},
    {ERROR_POSSIBLE_DEADLOCK, "ERROR_POSSIBLE_DEADLOCK", condition::resource_deadlock_would_occur},
    {WAIT_TIMEOUT, "WAIT_TIMEOUT", condition::timed_out},
    {WSAEACCES, "WSAEACCES", condition::permission_denied},
    {WSAEADDRINUSE, "WSAEADDRINUSE", condition::address_in_use},
    {WSAEADDRNOTAVAIL, "WSAEADDRNOTAVAIL", condition::address_not_available},
    {WSAEAFNOSUPPORT, "WSAEAFNOSUPPORT", condition::address_family_not_supported},
    {WSAEALREADY, "WSAEALREADY", condition::operation_in_progress},
    {WSAEBADF, "WSAEBADF", condition::bad_file_descriptor},
    {WSAECONNABORTED, "WSAECONNABORTED", condition::connection_aborted},
    {WSAECONNREFUSED, "WSAECONNREFUSED", condition::connection_refused},
    {WSAECONNRESET, "WSAECONNRESET", condition::connection_reset},
    {WSAEFAULT, "WSAEFAULT", condition::bad_address},
    {WSAEHOSTDOWN, "WSAEHOSTDOWN", condition::host_unreachable},
    {WSAEHOSTUNREACH, "WSAEHOSTUNREACH", condition::host_unreachable},
    {WSAEINPROGRESS, "WSAEINPROGRESS", condition::operation_in_progress},
    {WSAEINVAL, "WSAEINVAL", condition::invalid_argument},
    {WSAEISCONN, "WSAEISCONN", condition::already_connected},
    {WSAEMFILE, "WSAEMFILE", condition::too_many_files_open},
    {WSAEMSGSIZE, "WSAEMSGSIZE", condition::message_size},
    {WSAENETDOWN, "WSAENETDOWN", condition::network_unreachable},
    {WSAENETRESET, "WSAENETRESET", condition::connection_reset},
    {WSAENETUNREACH, "WSAENETUNREACH", condition::network_unreachable},
    {WSAENOBUFS, "WSAENOBUFS", condition::no_buffer_space},
    {WSAENOPROTOOPT, "WSAENOPROTOOPT", condition::not_supported},
    {WSAENOTCONN, "WSAENOTCONN", condition::not_connected},
    {WSAENOTSOCK, "WSAENOTSOCK", condition::not_a_socket},
    {WSAEOPNOTSUPP, "WSAEOPNOTSUPP", condition::not_supported},
    {WSAEPROTONOSUPPORT, "WSAEPROTONOSUPPORT", condition::not_supported},
    {WSAESHUTDOWN, "WSAESHUTDOWN", condition::broken_pipe},
    {WSAETIMEDOUT, "WSAETIMEDOUT", condition::timed_out},
    {WSAEWOULDBLOCK, "WSAEWOULDBLOCK", condition::resource_unavailable_try_again},
    {WSAHOST_NOT_FOUND, "WSAHOST_NOT_FOUND", condition::unknown_host},
    {WSANO_DATA, "WSANO_DATA", condition::unknown_host},
    {WSANO_RECOVERY, "WSANO_RECOVERY", condition::io_error},
    {WSATRY_AGAIN, "WSATRY_AGAIN", condition::resource_unavailable_try_again},
    {WSATYPE_NOT_FOUND, "WSATYPE_NOT_FOUND", condition::invalid_argument},
};

const meaning* find(DWORD code) noexcept {
  const auto* const found = std::ranges::find(meanings, code, &meaning::code);
  return found != std::end(meanings) ? found : nullptr;
}

}  // namespace

condition win32::condition_of(DWORD code) noexcept {
  const auto* const known = find(code);
  return known != nullptr ? known->value : condition::io_error;
}

std::string_view native_error_name(int code) noexcept {
  const auto* const known = find(static_cast<DWORD>(code));
  return known != nullptr ? known->name : std::string_view{};
}

}  // namespace strait
