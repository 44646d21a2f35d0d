// SPDX-License-Identifier: MIT
#include <strait/peer.hpp>

#include <array>
#include <cstdlib>
#include <cstring>

#include <strait/local_stream.hpp>

#include "../pause.hpp"
#include "../process_identity.hpp"
#include "local_pipe.hpp"
#include "pipe_factory.hpp"
#include "process_start.hpp"
#include "security.hpp"
#include "unix_address.hpp"

namespace strait {
namespace win32 {
namespace {

/// The number of the process that connected, or that made the instance.
result<DWORD> other_id(const char* operation, HANDLE end) {
  STRAIT_TRY(const auto facts, ask_pipe(operation, end));
  ULONG id = 0;
  STRAIT_CHECK(check(operation, facts.is_server() ? ::GetNamedPipeClientProcessId(end, &id)
                                                  : ::GetNamedPipeServerProcessId(end, &id)));
  return id;
}

result<handle> open_process(const char* operation, DWORD id, DWORD wanted) {
  constexpr DWORD always = SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION;
  auto opened = own(operation, ::OpenProcess(always | wanted, FALSE, id));
  if (!opened && opened.error().native == ERROR_INVALID_PARAMETER) {
    opened.error().condition = condition::no_such_process;
  }
  return opened;
}

std::uint64_t as_number(const FILETIME& time) noexcept {
  return (std::uint64_t{time.dwHighDateTime} << 32U) | time.dwLowDateTime;
}

/// Takes what this thread was before, when it has been somebody else for a moment.
class impersonation {
 public:
  explicit impersonation(HANDLE pipe) noexcept {
    HANDLE raw = nullptr;
    if (::OpenThreadToken(::GetCurrentThread(), TOKEN_IMPERSONATE, TRUE, &raw)) {
      before_ = handle::adopt(raw);
    }
    began_ = ::ImpersonateNamedPipeClient(pipe) != FALSE;
  }
  impersonation(const impersonation&) = delete;
  impersonation& operator=(const impersonation&) = delete;
  ~impersonation() {
    // Going on as somebody else would be worse than to end here, as the manual says.
    if (began_ && !::SetThreadToken(nullptr, before_.get())) std::abort();
  }

  [[nodiscard]] bool began() const noexcept { return began_; }

 private:
  handle before_;
  bool began_ = false;
};

/// Whose rights the client had when it connected. No later process can have got them by its number.
result<std::wstring> client_sid(const char* operation, HANDLE end) {
  handle token;
  {
    const impersonation as_client{end};
    if (!as_client.began()) return fail(last_error(operation));
    HANDLE raw = nullptr;
    STRAIT_CHECK(
        check(operation, ::OpenThreadToken(::GetCurrentThread(), TOKEN_QUERY, TRUE, &raw)));
    token = handle::adopt(raw);
  }
  return token_user_sid(operation, token.get());
}

/// Whose process is at the other end. `process` is none if it has ended.
result<std::wstring> other_user(const char* operation, HANDLE end, const handle& process) {
  STRAIT_TRY(const auto facts, ask_pipe(operation, end));
  if (facts.is_server()) {
    auto sid = client_sid(operation, end);
    if (sid || !process) return sid;
  }
  if (process) {
    if (auto sid = user_sid(operation, process.get())) return sid;
  }
  return owner_sid(operation, end);
}

// What is in the section that stands for an end of a pair.
using claimed = process_identity;
static_assert(sizeof(claimed) == 16);

/// What stands for an end of a pair, or for the one opposite; empty if it is no pair's.
std::wstring claim_name(HANDLE end, bool is_server) {
  struct {
    FILE_NAME_INFO info;
    std::array<wchar_t, 256> more;
  } answer{};
  if (!::GetFileInformationByHandleEx(end, FileNameInfo, &answer, sizeof answer)) return {};
  const std::wstring_view name{&answer.info.FileName[0],
                               answer.info.FileNameLength / sizeof(wchar_t)};
  const auto begin = name.find_first_not_of(L'\\');
  if (begin == std::wstring_view::npos) return {};
  if (!name.substr(begin).starts_with(pair_kind)) return {};
  const auto* const side = is_server ? L".server" : L".client";
  return LR"(Local\)" + std::wstring{name.substr(begin)} + side;
}

/// Copies between a section and `identity`.
template <class Copy>
result<> with_view(const char* operation, HANDLE section, DWORD wanted, Copy copy) {
  void* const view = ::MapViewOfFile(section, wanted, 0, 0, sizeof(claimed));
  if (view == nullptr) return fail(last_error(operation));
  copy(view);
  ::UnmapViewOfFile(view);
  return {};
}

/// The process that says it has the other end of the pair; none if none does.
result<handle> claimant(const char* operation, const std::wstring& name, DWORD wanted) {
  STRAIT_TRY(const auto section,
             own(operation, ::OpenFileMappingW(FILE_MAP_READ, FALSE, name.c_str())));
  claimed identity;
  STRAIT_CHECK(with_view(operation, section.get(), FILE_MAP_READ,
                         [&](const void* view) { std::memcpy(&identity, view, sizeof identity); }));
  STRAIT_TRY(auto process, open_process(operation, identity.id, wanted));
  STRAIT_TRY(const auto start, start_of(operation, process.get()));
  if (start != identity.start) return fail(condition::no_such_process, operation);
  return process;
}

}  // namespace

std::uint64_t now() noexcept {
  FILETIME time{};
  ::GetSystemTimePreciseAsFileTime(&time);
  return as_number(time);
}

result<handle> claim_pair_end(const char* operation, HANDLE end) {
  STRAIT_TRY(const auto facts, ask_pipe(operation, end));
  const auto name = claim_name(end, facts.is_server());
  if (name.empty()) return handle{};
  STRAIT_TRY(const auto identity, detail::this_process());
  STRAIT_TRY(const auto allowed, rights::make());
  auto attributes = allowed.attributes();
  STRAIT_TRY(auto section,
             own(operation, ::CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE,
                                                 0, sizeof identity, name.c_str())));
  STRAIT_CHECK(with_view(operation, section.get(), FILE_MAP_WRITE,
                         [&](void* view) { std::memcpy(view, &identity, sizeof identity); }));
  return section;
}

result<handle> other_process_of_pair(const char* operation, HANDLE end, DWORD wanted,
                                     const deadline& until) {
  STRAIT_TRY(const auto facts, ask_pipe(operation, end));
  const auto name = claim_name(end, !facts.is_server());
  detail::patience patience{operation, {}, until};
  for (;;) {
    auto process = claimant(operation, name, wanted);
    if (process || process.error() == condition::permission_denied) return process;
    STRAIT_TRY(const bool is_open, is_connected(operation, end));
    if (!is_open) return fail(condition::broken_pipe, operation);
    STRAIT_CHECK(patience.wait());
  }
}

result<handle> other_process(const char* operation, HANDLE end, DWORD wanted, std::uint64_t since) {
  STRAIT_TRY(const auto id, other_id(operation, end));
  STRAIT_TRY(auto process, open_process(operation, id, wanted));
  STRAIT_TRY(const auto start, start_of(operation, process.get()));
  if (start > since) return fail(condition::no_such_process, operation);
  return process;
}

namespace {

/// The same; none if it has ended.
result<handle> other_process_if_any(const char* operation, HANDLE end, std::uint64_t since) {
  auto process = other_process(operation, end, 0, since);
  if (!process && process.error() == condition::no_such_process) return handle{};
  return process;
}

}  // namespace

result<> check_sender(const char* operation, HANDLE end, std::uint64_t since) {
  STRAIT_TRY(const auto process, other_process_if_any(operation, end, since));
  STRAIT_TRY(const auto sender, other_user(operation, end, process));
  STRAIT_TRY(const auto us, user_sid(operation));
  if (sender == us || sender == system_sid) return {};
  return fail(condition::permission_denied, operation, {}, "handles come from this user alone");
}

}  // namespace win32

namespace {

constexpr auto operation = "ask who the peer is";

}  // namespace

result<peer_process> local_stream::peer() const {
  peer_process who;
  STRAIT_TRY(who.identity_.id, win32::other_id(operation, io_.get()));
  STRAIT_TRY(who.process_, win32::other_process_if_any(operation, io_.get(), since_));
  if (who.process_) {
    STRAIT_TRY(who.identity_.start, win32::start_of(operation, who.process_.get()));
  }
  STRAIT_TRY(const auto user, win32::other_user(operation, io_.get(), who.process_));
  who.user_ = win32::narrow(user);
  return who;
}

result<peer_process> peer_process::of_socket(native_socket s) {
  if (s == no_socket) return fail(condition::bad_file_descriptor, operation);
  peer_process who;
  DWORD size = 0;
  if (::WSAIoctl(s, win32::ask_unix_peer, nullptr, 0, &who.identity_.id, sizeof who.identity_.id,
                 &size, nullptr, nullptr) != 0) {
    return fail(win32::last_socket_error(operation));
  }
  STRAIT_TRY(who.process_, win32::open_process(operation, who.identity_.id, 0));
  STRAIT_TRY(who.identity_.start, win32::start_of(operation, who.process_.get()));
  STRAIT_TRY(const auto user, win32::user_sid(operation, who.process_.get()));
  who.user_ = win32::narrow(user);
  return who;
}

bool peer_process::alive() const noexcept {
  return process_ && ::WaitForSingleObject(process_.get(), 0) == WAIT_TIMEOUT;
}

}  // namespace strait
