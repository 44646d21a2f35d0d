// SPDX-License-Identifier: MIT
#include "../segment.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "../fail_point.hpp"
#include "security.hpp"

namespace strait::detail {

using win32::last_error;

/// The section has the name, and is there as long as somebody has it open: the kernel counts the
/// users, and takes what the last of them leaves. Who makes the section makes the segment; who dies
/// before it is ready takes it with him. Behind one that stays is a file.
struct segment::platform {
  handle section;
  handle file;
};

namespace {

std::unexpected<error> failed(const segment_wish& wish) {
  return fail(last_error(wish.facts.operation, wish.facts.name));
}

std::unexpected<error> missing(const segment_wish& wish) {
  return fail(condition::no_such_file_or_directory, wish.facts.operation, wish.facts.name);
}

DWORD rights_to(const segment_wish& wish) noexcept {
  return wish.read_only ? DWORD{FILE_MAP_READ} : DWORD{FILE_MAP_READ | FILE_MAP_WRITE};
}

/// The section of that name; none if there is none.
result<handle> open_section(const segment_wish& wish) {
  STRAIT_TRY(const auto called, win32::widen(wish.name.object));
  // Whose it is can be asked only by who may read that.
  const DWORD wanted = rights_to(wish) | (wish.name.is_native ? 0 : DWORD{READ_CONTROL});
  HANDLE const raw = ::OpenFileMappingW(wanted, FALSE, called.c_str());
  if (raw == nullptr && ::GetLastError() == ERROR_FILE_NOT_FOUND) return handle{};
  if (raw == nullptr) return failed(wish);
  return handle::adopt(raw);
}

/// Makes a section of `room` bytes, or of the length of the file if that is 0; none if one of that
/// name has come in between. With `later`, its memory is to be asked for part by part.
result<handle> make_section(const segment_wish& wish, const handle& file, std::uint64_t room,
                            bool later) {
  STRAIT_TRY(const auto called, win32::widen(wish.name.object));
  STRAIT_TRY(const auto allowed, win32::rights::make(wish.who));
  auto attributes = allowed.attributes();
  HANDLE const raw = ::CreateFileMappingW(
      file ? file.get() : INVALID_HANDLE_VALUE, &attributes,
      PAGE_READWRITE | (later ? DWORD{SEC_RESERVE} : 0U), static_cast<DWORD>(room >> 32U),
      static_cast<DWORD>(room & 0xffffffffU), called.empty() ? nullptr : called.c_str());
  const bool is_another = ::GetLastError() == ERROR_ALREADY_EXISTS;
  if (raw == nullptr) return failed(wish);
  auto made = handle::adopt(raw);
  if (is_another) return handle{};
  return made;
}

/// How much is mapped at `view`: all pages of it, with memory or still without.
std::size_t mapped_size(const std::byte* view) noexcept {
  std::size_t size = 0;
  MEMORY_BASIC_INFORMATION facts{};
  while (::VirtualQuery(view + size, &facts, sizeof facts) != 0 && facts.AllocationBase == view) {
    size += facts.RegionSize;
  }
  return size;
}

result<std::span<std::byte>> map(const segment_wish& wish, HANDLE section) {
  auto* const at = static_cast<std::byte*>(::MapViewOfFile(section, rights_to(wish), 0, 0, 0));
  if (at == nullptr) return failed(wish);
  return std::span{at, mapped_size(at)};
}

void unmap(std::span<std::byte> mapped) noexcept {
  if (!mapped.empty()) ::UnmapViewOfFile(mapped.data());
}

/// The file behind one that stays, which nobody removes as long as it is open; none if it is not
/// there, or comes in this moment.
result<handle> open_file(const segment_wish& wish, DWORD how) {
  STRAIT_TRY(const auto path, win32::widen(wish.name.file));
  STRAIT_TRY(const auto allowed, win32::rights::make(wish.who));
  auto attributes = allowed.attributes();
  HANDLE const raw = ::CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes, how,
                                   FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
  if (raw != INVALID_HANDLE_VALUE) return handle::adopt(raw);
  if (::GetLastError() == ERROR_FILE_NOT_FOUND || ::GetLastError() == ERROR_FILE_EXISTS) {
    return handle{};
  }
  return failed(wish);
}

result<> check_trust(const segment_wish& wish, HANDLE what, SE_OBJECT_TYPE kind) {
  if (wish.who != access::owner) return {};
  return win32::check_owner(wish.facts.operation, what, wish.facts.name, kind);
}

/// Whether the file has become a segment: its maker may have died before that.
bool has_segment(const handle& file) {
  alignas(segment_header) std::array<std::byte, header_room> begin{};
  OVERLAPPED from_the_beginning{};
  DWORD size = 0;
  return ::ReadFile(file.get(), begin.data(), header_room, &size, &from_the_beginning) != FALSE &&
         size == header_room && is_ready(begin);
}

/// False if there is none; nothing if somebody has it open.
result<std::optional<bool>> remove_file(const segment_wish& wish) {
  STRAIT_TRY(const auto path, win32::widen(wish.name.file));
  if (::DeleteFileW(path.c_str())) return true;
  const auto why = ::GetLastError();
  if (why == ERROR_FILE_NOT_FOUND) return false;
  if (why == ERROR_SHARING_VIOLATION || why == ERROR_USER_MAPPED_FILE) return std::nullopt;
  return failed(wish);
}

/// The file of one that stays; none if there is none.
result<handle> find_file(const segment_wish& wish) {
  STRAIT_TRY(auto file, open_file(wish, OPEN_EXISTING));
  if (!file) return file;
  STRAIT_CHECK(check_trust(wish, file.get(), SE_FILE_OBJECT));
  return file;
}

/// Takes away a file that has not become a segment. A maker who lives has it open, too, and it
/// stays.
result<> clear_way(const segment_wish& wish, handle file) {
  STRAIT_CHECK(file.close());
  STRAIT_CHECK(remove_file(wish));
  return {};
}

}  // namespace

segment::segment() noexcept = default;

segment::~segment() {
  static_cast<void>(leave());
}

result<std::unique_ptr<segment>> segment::attempt(const segment_wish& wish) {
  auto found = std::make_unique<segment>();
  found->read_only_ = wish.read_only;
  found->platform_ = std::make_unique<platform>();
  STRAIT_TRY(found->platform_->section, open_section(wish));
  fail_point("segment: opened");
  if (!found->platform_->section) return take_over(std::move(found), wish);
  STRAIT_TRY(const bool is_attached, found->attach(wish));
  if (is_attached) return found;
  return nullptr;  // its maker is at work, or has died and takes it with him
}

/// False if it is not ready.
result<bool> segment::attach(const segment_wish& wish) {
  HANDLE const section = platform_->section.get();
  STRAIT_CHECK(check_trust(wish, section, SE_KERNEL_OBJECT));
  STRAIT_TRY(mapped_, map(wish, section));
  if (backed(header_room) < header_room || !is_ready(mapped_)) return false;
  STRAIT_CHECK(accept(wish));
  return true;
}

/// Nobody uses it: there is nothing, or the file of one that stays, or that dead ones left.
result<std::unique_ptr<segment>> segment::take_over(std::unique_ptr<segment> found,
                                                    const segment_wish& wish) {
  auto& own = *found->platform_;
  STRAIT_TRY(own.file, find_file(wish));
  if (own.file && !has_segment(own.file)) {
    STRAIT_CHECK(clear_way(wish, std::move(own.file)));
    return nullptr;  // the next try finds nothing
  }
  if (own.file) {
    STRAIT_TRY(own.section, make_section(wish, own.file, 0, false));
    STRAIT_TRY(const bool is_attached, own.section ? found->attach(wish) : false);
    return is_attached ? std::move(found) : nullptr;
  }
  if (wish.how == way::open) return missing(wish);
  const auto is_made = found->make(wish);
  if (is_made && *is_made) return found;
  found.reset();
  // Nothing of it stays, unless another has gone on with it.
  if (wish.facts.life == lifetime::persistent) static_cast<void>(remove_file(wish));
  if (!is_made) return fail(is_made.error());
  return nullptr;
}

/// False if another was faster.
result<bool> segment::make(const segment_wish& wish) {
  const auto& facts = wish.facts;
  auto& own = *platform_;
  if (facts.life == lifetime::persistent && !wish.name.file.empty()) {
    STRAIT_TRY(own.file, open_file(wish, CREATE_NEW));
    if (!own.file) return false;
    fail_point("segment: has its file");
  }
  // A file has all of its length at once.
  const bool later = !own.file && facts.max_size > facts.size;
  STRAIT_TRY(own.section, make_section(wish, own.file, header_room + facts.max_size, later));
  if (!own.section) return false;
  fail_point("segment: alone");
  STRAIT_TRY(mapped_, map(wish, own.section.get()));
  STRAIT_CHECK(reserve(facts.operation, header_room + static_cast<std::size_t>(facts.size)));
  fail_point("segment: has its room");
  make_segment(mapped_, facts);
  max_size_ = static_cast<std::size_t>(facts.max_size);
  life_ = facts.life;
  return true;
}

result<std::unique_ptr<segment>> segment::anonymous(const segment_wish& wish) {
  auto made = std::make_unique<segment>();
  made->platform_ = std::make_unique<platform>();
  STRAIT_CHECK(made->make(wish));
  return made;
}

result<std::unique_ptr<segment>> segment::adopt(handle passed, const segment_wish& wish) {
  auto found = std::make_unique<segment>();
  found->read_only_ = wish.read_only;
  found->platform_ = std::make_unique<platform>();
  found->platform_->section = std::move(passed);
  STRAIT_TRY(found->mapped_, map(wish, found->native()));
  if (found->backed(header_room) < header_room) {
    return fail(condition::incompatible, wish.facts.operation);
  }
  STRAIT_CHECK(found->accept(wish));
  return found;
}

result<std::unique_ptr<segment>> segment::get_native(const segment_wish& wish) {
  auto found = std::make_unique<segment>();
  found->read_only_ = wish.read_only;
  found->header_size_ = 0;
  found->platform_ = std::make_unique<platform>();
  auto& section = found->platform_->section;
  if (wish.how != way::create) {
    STRAIT_TRY(section, open_section(wish));
  }
  if (!section && wish.how == way::open) return missing(wish);
  if (!section) {
    STRAIT_TRY(section, make_section(wish, {}, wish.facts.size, false));
  }
  if (!section) return fail(condition::file_exists, wish.facts.operation, wish.facts.name);
  STRAIT_TRY(found->mapped_, map(wish, section.get()));
  found->max_size_ = found->mapped_.size();
  return found;
}

result<std::optional<bool>> segment::attempt_removal(const segment_wish& wish, bool only_dead) {
  STRAIT_TRY(const auto section, open_section(wish));
  if (wish.name.is_native) return false;  // it goes with its last user
  const auto busy = fail(condition::device_or_resource_busy, wish.facts.operation, wish.facts.name);
  if (section && only_dead) return false;
  if (section) return busy;
  if (only_dead) {
    STRAIT_TRY(const auto file, open_file(wish, OPEN_EXISTING));
    if (!file || has_segment(file)) return false;
  }
  STRAIT_TRY(const auto removed, remove_file(wish));
  if (!removed && !only_dead) return busy;
  return removed;
}

result<> segment::leave() noexcept {
  unmap(std::exchange(mapped_, {}));
  const auto own = std::exchange(platform_, {});
  if (!own) return {};
  return own->section.close();
}

/// What may get its memory part by part has it after this up to `size`.
result<> segment::reserve(const char* operation, std::size_t size) {
  if (backed(size) == size) return {};
  const void* const at = ::VirtualAlloc(mapped_.data(), size, MEM_COMMIT, PAGE_READWRITE);
  if (at == nullptr) return fail(last_error(operation));
  return {};
}

std::size_t segment::backed(std::size_t size) const noexcept {
  std::size_t found = 0;
  MEMORY_BASIC_INFORMATION facts{};
  while (found < size && ::VirtualQuery(mapped_.data() + found, &facts, sizeof facts) != 0 &&
         facts.AllocationBase == mapped_.data() && facts.State == MEM_COMMIT) {
    found += facts.RegionSize;
  }
  return std::min(found, size);
}

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): its twin looks
bool segment::is_sealed() const noexcept {
  return true;  // a section keeps its size, and a file that is mapped cannot be cut
}

native_handle segment::native() const noexcept {
  return platform_->section.get();
}

result<handle> segment::read_only_handle(const char* operation) const {
  HANDLE copy = nullptr;
  HANDLE const here = ::GetCurrentProcess();
  STRAIT_CHECK(win32::check(
      operation, ::DuplicateHandle(here, native(), here, &copy, FILE_MAP_READ, FALSE, 0)));
  return handle::adopt(copy);
}

shared_memory::wishes segment::ask(const shared_memory_options& wish) noexcept {
  // Huge pages need a privilege, and memory that never leaves: no wish is granted.
  shared_memory::wishes granted;
  const auto now = mapped_.first(header_size_ + size());
  WIN32_MEMORY_RANGE_ENTRY all{.VirtualAddress = now.data(), .NumberOfBytes = now.size()};
  granted.prefault = wish.prefault &&
                     ::PrefetchVirtualMemory(::GetCurrentProcess(), 1, &all, 0) != FALSE;
  granted.lock = wish.lock && ::VirtualLock(now.data(), now.size()) != FALSE;
  return granted;
}

}  // namespace strait::detail
