// SPDX-License-Identifier: MIT
#include "../lock_file.hpp"

#include <array>

#include "../fail_point.hpp"
#include "../lock_text.hpp"
#include "../process_identity.hpp"
#include "process_start.hpp"
#include "security.hpp"

#include <winternl.h>

// ntdll.dll has it, but no header of the SDK.
extern "C" NTSTATUS NTAPI RtlGetLastNtStatus();  // NOLINT(readability-identifier-naming)

namespace strait::detail {

struct lock_file::held {
  handle file;

  held() noexcept = default;
  held(const held&) = delete;
  held& operator=(const held&) = delete;
  ~held() { static_cast<void>(release()); }

  result<> release() noexcept;
};

namespace {

using win32::last_error;

constexpr std::size_t most_text = 512;
constexpr auto delete_pending = static_cast<NTSTATUS>(0xC0000056);

/// The byte that is locked: far beyond the text, which others can read therefore.
OVERLAPPED locked_byte() noexcept {
  OVERLAPPED where{};
  where.OffsetHigh = 1;  // NOLINT(cppcoreguidelines-pro-type-union-access): the SDK's type
  return where;
}

std::unexpected<error> busy(const char* operation, const place& where) {
  return fail(condition::resource_unavailable_try_again, operation, where.name);
}

/// `how` is OPEN_ALWAYS or OPEN_EXISTING. A file that its last holder is taking away is busy.
result<handle> open_file(const char* operation, const place& where, DWORD wanted, DWORD how,
                         access who) {
  STRAIT_TRY(const auto path, win32::widen(where.path));
  STRAIT_TRY(const auto allowed, win32::rights::make(who));
  auto attributes = allowed.attributes();
  constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  HANDLE const raw = ::CreateFileW(path.c_str(), wanted, shared, &attributes, how,
                                   FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
  const auto code = ::GetLastError();
  if (raw != INVALID_HANDLE_VALUE) return handle::adopt(raw);
  // Win32 says "access denied" both for this and for what is forbidden.
  if (::RtlGetLastNtStatus() == delete_pending) return busy(operation, where);
  return fail(win32::make_error(operation, code, where.name));
}

std::optional<lock_text> text_of(HANDLE file) {
  std::array<char, most_text> buffer;
  OVERLAPPED from_begin{};
  DWORD size = 0;
  if (!::ReadFile(file, buffer.data(), most_text, &size, &from_begin)) return std::nullopt;
  return read_lock_text({buffer.data(), size});
}

/// Whether that very process runs: a number may be used again, a number and a start are not.
bool is_alive(const process_identity& process) {
  const auto opened = win32::own(
      "look at a process",
      ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, process.id));
  // There is somebody whom this user may not look at: better a name that is taken than two holders.
  if (!opened) return opened.error() == condition::permission_denied;
  const auto start = win32::start_of("look at a process", opened->get());
  return start == process.start && ::WaitForSingleObject(opened->get(), 0) == WAIT_TIMEOUT;
}

result<> lock(const char* operation, const place& where, HANDLE file) {
  auto byte = locked_byte();
  if (!::LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &byte)) {
    const auto why = last_error(operation, where.name);
    const bool is_held = why.native == ERROR_LOCK_VIOLATION || why.native == ERROR_IO_PENDING;
    if (!is_held) return fail(why);
    const auto text = text_of(file);
    if (text && text->name != where.name) {
      return fail(condition::name_collision, operation, where.name);
    }
    return busy(operation, where);
  }
  FILE_STANDARD_INFO facts{};
  STRAIT_CHECK(win32::check(
      operation, ::GetFileInformationByHandleEx(file, FileStandardInfo, &facts, sizeof facts)));
  if (facts.DeletePending) return busy(operation, where);
  return {};
}

result<> fill(const char* operation, const place& where, HANDLE file) {
  STRAIT_TRY(const auto us, this_process());
  const auto text = write({.holder = us, .name = where.name});
  OVERLAPPED at_begin{};
  DWORD size = 0;
  STRAIT_CHECK(win32::check(
      operation, ::WriteFile(file, text.data(), win32::clamp(text.size()), &size, &at_begin)));
  return {};
}

}  // namespace

lock_file::lock_file() noexcept = default;
lock_file::lock_file(lock_file&& other) noexcept = default;
lock_file& lock_file::operator=(lock_file&& other) noexcept = default;
lock_file::~lock_file() = default;
lock_file::lock_file(std::unique_ptr<held> h) noexcept : held_{std::move(h)} {}

result<lock_file> lock_file::claim(const char* operation, const place& where, access who) {
  auto made = std::make_unique<held>();
  STRAIT_TRY(auto file,
             open_file(operation, where, GENERIC_READ | GENERIC_WRITE | DELETE, OPEN_ALWAYS, who));
  fail_point("lock file: before its lock");
  STRAIT_CHECK(lock(operation, where, file.get()));
  fail_point("lock file: after its lock");
  // From here on it is taken away when we let go.
  made->file = std::move(file);
  STRAIT_CHECK(fill(operation, where, made->file.get()));
  return lock_file{std::move(made)};
}

result<std::optional<process_identity>> lock_file::holder(const char* operation,
                                                          const place& where) {
  const auto found = open_file(operation, where, GENERIC_READ, OPEN_EXISTING, access::owner);
  if (!found) {
    const bool is_gone = found.error() == condition::no_such_file_or_directory ||
                         found.error() == condition::resource_unavailable_try_again;
    if (is_gone) return std::nullopt;
    return fail(found.error());
  }
  // What a dead holder wrote, or what one wrote who is about to be replaced, names no living one.
  const auto text = text_of(found->get());
  if (!text || !is_alive(text->holder)) return std::nullopt;
  if (text->name != where.name) return fail(condition::name_collision, operation, where.name);
  return text->holder;
}

void lock_file::clear(const char* operation, const place& where) noexcept {
  // Whoever has it lets go of it in the way that takes it away.
  static_cast<void>(claim(operation, where, access::owner));
}

bool lock_file::is_held() const noexcept {
  return held_ && held_->file;
}

result<> lock_file::release() noexcept {
  if (!held_) return {};
  return std::exchange(held_, {})->release();
}

result<> lock_file::held::release() noexcept {
  if (!file) return {};
  FILE_DISPOSITION_INFO gone{.DeleteFile = TRUE};
  const auto removed = win32::check(
      "release lock file",
      ::SetFileInformationByHandle(file.get(), FileDispositionInfo, &gone, sizeof gone));
  const auto closed = file.close();
  return removed ? closed : removed;
}

}  // namespace strait::detail
