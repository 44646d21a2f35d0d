// SPDX-License-Identifier: MIT
#include "../aside_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "../aside_name.hpp"
#include "../disk_file.hpp"
#include "../fail_point.hpp"
#include "disk_call.hpp"
#include "random.hpp"
#include "security.hpp"

#include <winternl.h>

// ntdll.dll has it, but no header of the SDK.
extern "C" NTSTATUS NTAPI RtlGetLastNtStatus();  // NOLINT(readability-identifier-naming)

namespace strait::detail {

struct aside_file::system {
  handle file;
  std::wstring aside;  ///< Empty when it has got its name.
  std::wstring target;

  system() noexcept = default;
  system(const system&) = delete;
  system& operator=(const system&) = delete;
  ~system() {
    if (aside.empty() || !file) return;
    FILE_DISPOSITION_INFO gone{.DeleteFile = TRUE};
    ::SetFileInformationByHandle(file.get(), FileDispositionInfo, &gone, sizeof gone);
  }
};

namespace {

using win32::last_error;

constexpr auto delete_pending = static_cast<NTSTATUS>(0xC0000056);
constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr DWORD all_rights = GENERIC_READ | GENERIC_WRITE | DELETE;

// FileRenameInfoEx, FILE_RENAME_FLAG_REPLACE_IF_EXISTS and _POSIX_SEMANTICS: not in every header.
constexpr auto rename_info_ex = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);
constexpr DWORD replace_at_once = 0x1 | 0x2;

/// The directory, with the separator at its end, or nothing; and the name in it.
struct split_path {
  std::string directory;
  std::string name;

  explicit split_path(const std::string& path) {
    const auto cut = path.find_last_of("\\/:") + 1;
    directory = path.substr(0, cut);
    name = path.substr(cut);
  }
};

/// Locks what says that its maker lives: a byte beyond all content.
bool lock(HANDLE file) noexcept {
  constexpr auto beyond = std::uint64_t{1} << 62U;
  const auto done = win32::disk_call("lock file aside", file, beyond, [&](OVERLAPPED* io) {
    return ::LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, io);
  });
  return done.has_value();
}

/// A file that is about to be taken away keeps its name until its last handle is closed.
bool is_going(HANDLE file) noexcept {
  FILE_STANDARD_INFO facts{};
  return ::GetFileInformationByHandleEx(file, FileStandardInfo, &facts, sizeof facts) == FALSE ||
         facts.DeletePending != FALSE;
}

void remove_if_dead(const std::string& path) noexcept {
  const auto wide = win32::widen(path);
  if (!wide) return;
  const auto found = win32::own(
      "sweep", ::CreateFileW(wide->c_str(), GENERIC_READ | DELETE, shared, nullptr, OPEN_EXISTING,
                             FILE_FLAG_OVERLAPPED | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!found || !check_disk_file("sweep", found->get(), path) || !lock(found->get())) return;
  FILE_DISPOSITION_INFO gone{.DeleteFile = TRUE};
  ::SetFileInformationByHandle(found->get(), FileDispositionInfo, &gone, sizeof gone);
}

/// The path behind all links.
result<std::string> final_path(const char* operation, const std::wstring& path,
                               std::string_view subject) {
  STRAIT_TRY(const auto found,
             win32::own(operation,
                        ::CreateFileW(path.c_str(), FILE_READ_ATTRIBUTES, shared, nullptr,
                                      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr),
                        subject));
  STRAIT_CHECK(check_disk_file(operation, found.get(), subject));
  std::wstring real(32'768, L'\0');
  const auto size = ::GetFinalPathNameByHandleW(found.get(), real.data(), win32::clamp(real.size()),
                                                FILE_NAME_NORMALIZED);
  if (size == 0 || size >= real.size()) return fail(last_error(operation, subject));
  real.resize(size);
  return win32::narrow(real);
}

/// Who may do what with the file that is there; nothing if none is.
std::vector<std::byte> rights_of(const std::wstring& path) {
  constexpr SECURITY_INFORMATION what = DACL_SECURITY_INFORMATION;
  DWORD size = 0;
  ::GetFileSecurityW(path.c_str(), what, nullptr, 0, &size);
  std::vector<std::byte> descriptor(size);
  if (size == 0 || !::GetFileSecurityW(path.c_str(), what, descriptor.data(), size, &size)) {
    return {};
  }
  return descriptor;
}

/// The whole path, as a rename wants it.
result<std::wstring> whole_path(const char* operation, const std::wstring& path) {
  std::wstring whole(32'768, L'\0');
  const auto size = ::GetFullPathNameW(path.c_str(), win32::clamp(whole.size()), whole.data(),
                                       nullptr);
  if (size == 0 || size >= whole.size()) return fail(last_error(operation));
  whole.resize(size);
  return whole;
}

/// Whether a rename failed because somebody has the file open. "Access denied" may mean that, too:
/// then this user could delete it all the same, or it is being deleted.
bool is_in_use(const std::wstring& path, int code) noexcept {
  if (code == ERROR_SHARING_VIOLATION || code == ERROR_USER_MAPPED_FILE) return true;
  if (code != ERROR_ACCESS_DENIED) return false;
  const auto opened = win32::own("look at file",
                                 ::CreateFileW(path.c_str(), DELETE, shared, nullptr, OPEN_EXISTING,
                                               FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (opened) return true;
  return opened.error().native != ERROR_ACCESS_DENIED || ::RtlGetLastNtStatus() == delete_pending;
}

/// Gives an open file a name, of which another loses it at once although it is open. As
/// FILE_RENAME_INFO has it, which has room for one letter.
BOOL rename_over(HANDLE file, const std::wstring& target) {
  const auto letters = target.size() * sizeof(wchar_t);
  std::vector<std::byte> memory(sizeof(FILE_RENAME_INFO) + letters);
  auto& wish = *reinterpret_cast<FILE_RENAME_INFO*>(memory.data());
  std::memcpy(memory.data(), &replace_at_once, sizeof replace_at_once);  // some have no such member
  wish.FileNameLength = static_cast<DWORD>(letters);
  std::memcpy(memory.data() + offsetof(FILE_RENAME_INFO, FileName), target.data(), letters);
  return ::SetFileInformationByHandle(file, rename_info_ex, &wish, win32::clamp(memory.size()));
}

/// What a file system says that does not know the flags: FAT, say.
bool is_unknown(DWORD code) noexcept {
  return code == ERROR_INVALID_PARAMETER || code == ERROR_NOT_SUPPORTED ||
         code == ERROR_INVALID_FUNCTION || code == ERROR_CALL_NOT_IMPLEMENTED;
}

}  // namespace

aside_file::aside_file(std::unique_ptr<system> s) noexcept : system_{std::move(s)} {}
aside_file::aside_file(aside_file&& other) noexcept = default;
aside_file::~aside_file() = default;

result<std::string> aside_file::target_of(const char* operation, std::string_view path) {
  if (path.contains('\0')) return fail(condition::invalid_argument, operation, path);
  STRAIT_TRY(const auto wide, win32::widen(path));
  const DWORD facts = ::GetFileAttributesW(wide.c_str());
  if (facts == INVALID_FILE_ATTRIBUTES) {
    const auto why = last_error(operation, path);
    if (why.native == ERROR_FILE_NOT_FOUND) return std::string{path};
    return fail(why);
  }
  if ((facts & FILE_ATTRIBUTE_READONLY) != 0 && (facts & FILE_ATTRIBUTE_DIRECTORY) == 0) {
    return fail(condition::permission_denied, operation, path, "it is read-only");
  }
  if ((facts & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return final_path(operation, wide, path);
  if ((facts & FILE_ATTRIBUTE_DIRECTORY) != 0) {
    return fail(condition::is_a_directory, operation, path);
  }
  return std::string{path};
}

void aside_file::sweep(const std::string& target) noexcept {
  const split_path where{target};
  const auto prefix = aside_prefix(where.name);
  const auto pattern = win32::widen(where.directory + prefix + "*");
  if (!pattern) return;
  WIN32_FIND_DATAW entry{};
  HANDLE const all = ::FindFirstFileW(pattern->c_str(), &entry);
  if (all == INVALID_HANDLE_VALUE) return;
  for (BOOL more = TRUE; more; more = ::FindNextFileW(all, &entry)) {
    const auto name = win32::narrow(entry.cFileName);
    if (is_aside_name(name, prefix)) remove_if_dead(where.directory + name);
  }
  ::FindClose(all);
}

result<aside_file> aside_file::make(const char* operation, const std::string& target,
                                    std::optional<access> who, durability how) {
  const split_path where{target};
  STRAIT_TRY(const auto allowed, win32::rights::make(who.value_or(access::owner)));
  auto attributes = allowed.attributes();
  STRAIT_TRY(const auto place, win32::widen(target));
  auto old = who ? std::vector<std::byte>{} : rights_of(place);
  if (!old.empty()) attributes.lpSecurityDescriptor = old.data();
  // Written through, the rename is on the disk, too, when it returns: see CreateFileW.
  const DWORD through = how == durability::full ? FILE_FLAG_WRITE_THROUGH : 0U;
  constexpr int attempts = 16;
  for (int i = 0; i < attempts; ++i) {
    auto made = std::make_unique<system>();
    STRAIT_TRY(const auto random, win32::random_bits(operation));
    STRAIT_TRY(made->aside, win32::widen(where.directory + aside_name(where.name, random)));
    STRAIT_TRY(made->target, whole_path(operation, place));
    STRAIT_TRY(made->file,
               win32::own(operation,
                          ::CreateFileW(made->aside.c_str(), all_rights, shared, &attributes,
                                        CREATE_NEW, FILE_FLAG_OVERLAPPED | through, nullptr),
                          target));
    fail_point("aside: made");
    // Between these two somebody may have taken it for forgotten.
    if (!lock(made->file.get()) || is_going(made->file.get())) continue;
    return aside_file{std::move(made)};
  }
  return fail(condition::resource_unavailable_try_again, operation, target);
}

result<> aside_file::write(const char* operation, const_bytes content) {
  return append_to(operation, system_->file.get(), content);
}

result<> aside_file::flush(const char* operation) {
  return detail::flush(operation, system_->file.get(), durability::ordered);
}

result<bool> aside_file::take_place(const char* operation) {
  BOOL done = rename_over(system_->file.get(), system_->target);
  if (!done && is_unknown(::GetLastError())) {
    done = ::MoveFileExW(system_->aside.c_str(), system_->target.c_str(),
                         MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
  }
  if (!done) {
    const auto why = last_error(operation);
    if (is_in_use(system_->target, why.native)) return false;
    return fail(why);
  }
  // At once: as long as this is open, those who share no deletion cannot open the new file.
  system_->aside.clear();
  STRAIT_CHECK(system_->file.close());
  return true;
}

}  // namespace strait::detail
