// SPDX-License-Identifier: MIT
#include "../path_socket.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "../fail_point.hpp"
#include "../net_socket.hpp"
#include "../unix_place.hpp"
#include "security.hpp"
#include "unix_address.hpp"

namespace strait::detail {
namespace {

/// Which file it is, whatever its name.
struct file_identity {
  DWORD volume = 0;
  DWORD high = 0;
  DWORD low = 0;

  friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// Opens what stands at the path itself, not what it refers to: a socket can be opened in no other
/// way.
result<handle> open_file(const char* operation, const place& where, DWORD wanted) {
  STRAIT_TRY(const auto path, win32::widen(where.path));
  constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  constexpr DWORD itself = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
  return win32::own(operation,
                    ::CreateFileW(path.c_str(), wanted | FILE_READ_ATTRIBUTES | SYNCHRONIZE, shared,
                                  nullptr, OPEN_EXISTING, itself, nullptr),
                    where.name);
}

bool is_socket(HANDLE file) noexcept {
  FILE_ATTRIBUTE_TAG_INFO facts{};
  if (!::GetFileInformationByHandleEx(file, FileAttributeTagInfo, &facts, sizeof facts)) {
    return false;
  }
  return (facts.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
         facts.ReparseTag == win32::unix_reparse_tag;
}

std::optional<file_identity> identity_of(HANDLE file) noexcept {
  BY_HANDLE_FILE_INFORMATION facts{};
  if (!::GetFileInformationByHandle(file, &facts)) return std::nullopt;
  return file_identity{.volume = facts.dwVolumeSerialNumber,
                       .high = facts.nFileIndexHigh,
                       .low = facts.nFileIndexLow};
}

/// Takes away the very file that is open.
result<> remove(const char* operation, HANDLE file) {
  FILE_DISPOSITION_INFO gone{.DeleteFile = TRUE};
  return win32::check(operation,
                      ::SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone));
}

}  // namespace

struct path_socket::state {
  socket_handle socket;
  lock_file lock;
  place where;
  std::optional<file_identity> made;  ///< What stands there, for as long as it is ours.

  state() = default;
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { static_cast<void>(close("close socket")); }

  result<> close(const char* operation) noexcept;
  result<> give_path_back(const char* operation) noexcept;
};

result<> path_socket::state::give_path_back(const char* operation) noexcept {
  if (!made || !lock.is_held()) return {};
  const auto mine = std::exchange(made, std::nullopt);
  const auto found = open_file(operation, where, DELETE);
  if (!found || identity_of(found->get()) != mine) return {};
  return remove(operation, found->get());
}

result<> path_socket::state::close(const char* operation) noexcept {
  // First the name, while the lock keeps others from it: later it may be a successor's.
  auto done = give_path_back(operation);
  fail_point("socket at a path: path given back");
  auto closed = socket.close();
  if (done) done = std::move(closed);
  auto released = lock.release();
  if (done) done = std::move(released);
  return done;
}

namespace {

/// Whether somebody listens who has no lock: there is no other way than to connect.
bool is_served(const path_plan& plan) {
  const auto tried = connect_once(plan.operation, plan.where, std::chrono::seconds{1});
  return tried || tried.error() != condition::connection_refused;
}

/// Sees whether a socket may stand there, for which we have the lock, and takes away what a dead
/// process left.
result<> make_way(const path_plan& plan) {
  const auto found = open_file(plan.operation, plan.where, DELETE);
  if (!found && found.error() == condition::no_such_file_or_directory) return {};
  if (!found) return fail(found.error());
  if (!is_socket(found->get())) {
    return fail(condition::file_exists, plan.operation, plan.where.name,
                "something else than a socket stands there");
  }
  if (is_served(plan)) return fail(condition::address_in_use, plan.operation, plan.where.name);
  return remove(plan.operation, found->get());
}

/// To connect is to have the right to write to the file.
result<> open_to(const path_plan& plan, HANDLE file) {
  STRAIT_TRY(const auto allowed, win32::rights::make(plan.who, L"FRFW"));
  return win32::check(plan.operation,
                      ::SetKernelObjectSecurity(
                          file, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                          allowed.attributes().lpSecurityDescriptor));
}

result<> about(const path_plan& plan, result<> done) noexcept {
  if (!done) done.error().subject = std::string_view{plan.where.name};
  return done;
}

}  // namespace

path_socket::path_socket() noexcept = default;
path_socket::path_socket(path_socket&& other) noexcept = default;
path_socket& path_socket::operator=(path_socket&& other) noexcept = default;
path_socket::~path_socket() = default;

result<path_socket> path_socket::create(const path_plan& plan) {
  path_socket made;
  made.state_ = std::make_unique<state>();
  auto& to = *made.state_;
  // Where there are no such sockets, nothing is left behind.
  STRAIT_TRY(to.socket, win32::new_unix_socket(plan.operation, plan.where.name));
  STRAIT_TRY(to.lock, claim(plan));
  fail_point("socket at a path: claimed");
  STRAIT_CHECK(make_way(plan));
  fail_point("socket at a path: way is free");
  const win32::unix_path address{plan.where.path};
  if (::bind(to.socket.get(), address.get(), win32::unix_path::size()) != 0) {
    return fail(win32::last_socket_error(plan.operation, plan.where.name));
  }
  to.where = plan.where;
  STRAIT_TRY(const auto file, open_file(plan.operation, plan.where, WRITE_DAC));
  to.made = identity_of(file.get());
  fail_point("socket at a path: has its name");
  // Nobody can connect before listen(): the rights come in time.
  STRAIT_CHECK(about(plan, open_to(plan, file.get())));
  STRAIT_CHECK(about(plan, listen_socket(plan.operation, to.socket.get(), plan.backlog)));
  return made;
}

path_socket path_socket::own(socket_handle s) {
  path_socket made;
  made.state_ = std::make_unique<state>();
  made.state_->socket = std::move(s);
  return made;
}

// NOLINTNEXTLINE(readability-make-member-function-const): its twin changes what it knows
result<socket_handle> path_socket::accept(const char* operation, const deadline& until) {
  return accept_socket(operation, native(), until);
}

result<> path_socket::close(const char* operation) noexcept {
  if (!state_) return {};
  return std::exchange(state_, {})->close(operation);
}

socket_handle path_socket::release() noexcept {
  if (!state_) return {};
  const auto gone = std::exchange(state_, {});
  gone->made.reset();
  return std::move(gone->socket);
}

native_socket path_socket::native() const noexcept {
  return state_ ? state_->socket.get() : no_socket;
}

}  // namespace strait::detail
