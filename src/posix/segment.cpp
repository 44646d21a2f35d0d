// SPDX-License-Identifier: MIT
#include "../segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fail_point.hpp"
#include "file_calls.hpp"
#include "file_pages.hpp"
#include "held_lock.hpp"
#include "mode.hpp"
#include "posix.hpp"
#include "shared_object.hpp"

namespace strait::detail {

using posix::last_error;

/// The memory, and what has the locks: itself, or where objects have none the file beside it. Who
/// makes or removes it has the exclusive lock, each user shares it.
struct segment::platform {
  handle memory;
  handle file;
  segment_name name;  // empty if it is not ours to remove
  std::size_t generation = posix::generation();
  bool is_used = false;  // others shared the lock already

  static result<std::unique_ptr<platform>> open(const segment_wish& wish);

  [[nodiscard]] int gate() const noexcept { return file ? file.get() : memory.get(); }

  /// Whether the name still means this one.
  [[nodiscard]] bool is_linked() const noexcept {
    struct stat facts{};
    return ::fstat(gate(), &facts) == 0 && facts.st_nlink != 0;
  }

  /// To be called by who has the exclusive lock; false if the system refuses.
  [[nodiscard]] bool remove_names() const noexcept {
    // The file last: as long as it is there, nobody makes another object.
    if (::shm_unlink(name.object.c_str()) == -1 && errno != ENOENT) return false;
    return !file || ::unlink(name.file.c_str()) == 0;
  }
};

namespace {

std::unexpected<error> failed(const segment_wish& wish) {
  return fail(last_error(wish.facts.operation, wish.facts.name));
}

std::unexpected<error> missing(const segment_wish& wish) {
  return fail(condition::no_such_file_or_directory, wish.facts.operation, wish.facts.name);
}

/// Opens what stands at a name, or makes it; no handle if it is not there, or comes or goes in this
/// moment.
template <class Open>
result<handle> open_or_make(const segment_wish& wish, bool may_make, Open open) {
  // Not with O_CREAT alone: where everybody may make files, Linux lets nobody open another's with
  // it (fs.protected_regular).
  int fd = open(O_RDWR | O_CLOEXEC);
  if (fd == -1 && errno == ENOENT && may_make) {
    fd = open(O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC);
    if (fd == -1 && errno == EEXIST) return handle{};
  }
  if (fd != -1) return handle::adopt(fd);
  if (errno == ENOENT) return handle{};
  return failed(wish);
}

/// How long the memory is, which must be a trusted user's; 0 if there is none, or it lost its name.
result<std::size_t> look_at(const segment_wish& wish, const handle& memory) {
  struct stat facts{};
  if (!memory) return 0;
  if (::fstat(memory.get(), &facts) == -1) return failed(wish);
  const bool is_trusted = facts.st_uid == 0 || facts.st_uid == wish.name.user;
  if (!is_trusted && wish.who == access::owner) {
    return fail(condition::permission_denied, wish.facts.operation, wish.facts.name,
                "it belongs to another user");
  }
  // Where a file stands beside it, that one is asked.
  const bool has_lost_it = posix::has_object_locks() && facts.st_nlink == 0;
  return has_lost_it ? 0 : static_cast<std::size_t>(facts.st_size);
}

result<std::span<std::byte>> map(const segment_wish& wish, int memory, std::size_t size) {
  if (size == 0) return std::span<std::byte>{};
  const int protection = wish.read_only ? PROT_READ : PROT_READ | PROT_WRITE;
  void* const at = ::mmap(nullptr, size, protection, MAP_SHARED, memory, 0);
  if (at == MAP_FAILED) return failed(wish);
  return std::span{static_cast<std::byte*>(at), size};
}

void unmap(std::span<std::byte> mapped) noexcept {
  if (!mapped.empty()) ::munmap(mapped.data(), mapped.size());
}

result<> reserve_first(const char* operation, int memory, std::size_t size) {
  int code = EINTR;
  while (code == EINTR) code = posix::reserve_memory(memory, static_cast<off_t>(size));
  if (code != 0) return fail(posix::make_error(operation, code));
  return {};
}

/// Gives a new object its mode and its size. All of its room is there from the beginning: views
/// never move then, and macOS sets a size but once. What is beyond `size` has no memory yet.
result<> shape(const segment_wish& wish, int memory, std::size_t room, std::size_t size) {
  if (::fchmod(memory, posix::file_mode(wish.who)) == -1) return failed(wish);
  detail::fail_point("segment: has its mode");
  const auto all = static_cast<off_t>(room);
  const bool is_anonymous = wish.name.object.empty();
  if (is_anonymous ? posix::keep_size(memory, all) != 0 : ::ftruncate(memory, all) == -1) {
    return failed(wish);
  }
  detail::fail_point("segment: has its room");
  auto reserved = reserve_first(wish.facts.operation, memory, size);
  if (!reserved) reserved.error().subject = wish.facts.name;
  return reserved;
}

/// For systems that cannot be told to: one read for each page.
void touch(std::span<const std::byte> memory) noexcept {
  const auto step = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t at = 0; at < memory.size(); at += step) {
    static_cast<void>(*static_cast<const volatile std::byte*>(&memory[at]));
  }
}

}  // namespace

segment::segment() noexcept = default;

segment::~segment() {
  static_cast<void>(leave());
}

result<std::unique_ptr<segment::platform>> segment::platform::open(const segment_wish& wish) {
  auto found = std::make_unique<platform>();
  found->name = wish.name;
  bool may_make = wish.how != way::open;
  if (!posix::has_object_locks()) {
    const auto file = [&](int flags) {
      return ::open(wish.name.file.c_str(), flags | O_NOFOLLOW | O_NONBLOCK, 0600);
    };
    STRAIT_TRY(found->file, open_or_make(wish, may_make, file));
    if (!found->file) return nullptr;
    may_make = false;  // whoever gets the lock of the file makes it
  }
  const auto object = [&](int flags) { return ::shm_open(wish.name.object.c_str(), flags, 0600); };
  STRAIT_TRY(found->memory, open_or_make(wish, may_make, object));
  if (!found->memory && !found->file) return nullptr;
  return found;
}

result<std::unique_ptr<segment>> segment::attempt(const segment_wish& wish) {
  auto found = std::make_unique<segment>();
  found->read_only_ = wish.read_only;
  STRAIT_TRY(found->platform_, platform::open(wish));
  if (!found->platform_) {
    if (wish.how == way::open) return missing(wish);
    return nullptr;
  }
  fail_point("segment: opened");
  const auto& files = *found->platform_;
  const int lock = posix::lock_on(files.gate());
  if (lock == -1) return failed(wish);
  if (lock == F_WRLCK) return nullptr;
  const bool is_used = lock == F_RDLCK;
  if (is_used && posix::try_share(files.gate()) == -1) return nullptr;
  found->platform_->is_used = is_used;
  STRAIT_TRY(const bool is_attached, found->attach(wish));
  if (is_attached) return found;
  if (is_used) return nullptr;
  return take_over(std::move(found), wish);
}

/// What is used, or stays without users, is attached to; false if it is neither.
///
/// Who shares the lock got it beside one who lived. So a dead one's memory is never taken for used.
result<bool> segment::attach(const segment_wish& wish) {
  const auto& files = *platform_;
  const bool is_used = files.is_used;
  STRAIT_TRY(const auto size, look_at(wish, files.memory));
  if (size < header_room || (files.file && !files.is_linked())) return false;
  STRAIT_TRY(mapped_, map(wish, files.memory.get(), size));
  if (!is_ready(mapped_)) return false;
  const bool stays = is_persistent(mapped_);
  if (!is_used && !stays) return false;
  fail_point("segment: looked at");
  if (!is_used && (posix::try_share(files.gate()) == -1 || !is_ready(mapped_))) return false;
  // If it is refused, it may still be ours to remove: the last user may have left in between.
  life_ = stays ? lifetime::persistent : lifetime::owned;
  STRAIT_CHECK(accept(wish));
  return true;
}

/// Nobody uses it: it is new, or left by dead ones.
result<std::unique_ptr<segment>> segment::take_over(std::unique_ptr<segment> found,
                                                    const segment_wish& wish) {
  auto& files = *found->platform_;
  if (posix::try_lock(files.gate()) == -1 || !files.is_linked()) return nullptr;
  fail_point("segment: alone");
  STRAIT_TRY(const auto size, look_at(wish, files.memory));
  if (size != 0 || wish.how == way::open) {
    if (is_ready(found->mapped_) && is_persistent(found->mapped_)) return nullptr;
    if (!files.remove_names()) return failed(wish);
    fail_point("segment: removed");
    if (wish.how == way::open) return missing(wish);
    return nullptr;
  }
  if (const auto made = found->make(wish); !made) {
    static_cast<void>(files.remove_names());
    return fail(made.error());
  }
  return found;
}

result<bool> segment::make(const segment_wish& wish) {
  const auto& facts = wish.facts;
  auto& files = *platform_;
  if (files.file) {
    ::shm_unlink(wish.name.object.c_str());  // of one who was killed before he wrote a word
    const int fd = ::shm_open(wish.name.object.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd == -1) return failed(wish);
    files.memory = handle::adopt(fd);
    if (::fchmod(files.gate(), posix::file_mode(wish.who)) == -1) return failed(wish);
  }
  const auto room = header_room + static_cast<std::size_t>(facts.max_size);
  const int memory = files.memory.get();
  STRAIT_CHECK(shape(wish, memory, room, header_room + static_cast<std::size_t>(facts.size)));
  STRAIT_TRY(mapped_, map(wish, memory, room));
  make_segment(mapped_, facts);
  max_size_ = static_cast<std::size_t>(facts.max_size);
  life_ = facts.life;
  if (files.name.object.empty()) return true;
  if (posix::try_share(files.gate()) == -1) return failed(wish);
  fail_point("segment: shared");
  return true;
}

result<std::unique_ptr<segment>> segment::anonymous(const segment_wish& wish) {
  auto made = std::make_unique<segment>();
  made->platform_ = std::make_unique<platform>();
  const int fd = posix::anonymous_memory();
  if (fd == -1) return failed(wish);
  made->platform_->memory = handle::adopt(fd);
  STRAIT_CHECK(made->make(wish));
  return made;
}

result<std::unique_ptr<segment>> segment::adopt(handle passed, const segment_wish& wish) {
  auto found = std::make_unique<segment>();
  found->read_only_ = wish.read_only;
  found->platform_ = std::make_unique<platform>();
  found->platform_->memory = std::move(passed);
  struct stat facts{};
  if (::fstat(found->native(), &facts) == -1) return failed(wish);
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size < header_room) return fail(condition::incompatible, wish.facts.operation);
  STRAIT_TRY(found->mapped_, map(wish, found->native(), size));
  STRAIT_CHECK(found->accept(wish));
  return found;
}

result<std::unique_ptr<segment>> segment::get_native(const segment_wish& wish) {
  auto found = std::make_unique<segment>();
  found->read_only_ = wish.read_only;
  found->header_size_ = 0;
  found->platform_ = std::make_unique<platform>();
  const char* const name = wish.name.object.c_str();
  const int may = wish.read_only ? O_RDONLY : O_RDWR;
  int fd = wish.how == way::create ? -1 : ::shm_open(name, may, 0);
  const bool is_new = wish.how == way::create ||
                      (fd == -1 && errno == ENOENT && wish.how == way::either);
  if (is_new) fd = ::shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd == -1) return failed(wish);
  found->platform_->memory = handle::adopt(fd);
  if (is_new) {
    const auto size = static_cast<std::size_t>(wish.facts.size);
    if (const auto shaped = shape(wish, fd, size, size); !shaped) {
      ::shm_unlink(name);
      return fail(shaped.error());
    }
  }
  struct stat facts{};
  if (::fstat(fd, &facts) == -1) return failed(wish);
  found->max_size_ = static_cast<std::size_t>(facts.st_size);
  STRAIT_TRY(found->mapped_, map(wish, fd, found->max_size_));
  return found;
}

result<std::optional<bool>> segment::attempt_removal(const segment_wish& wish, bool only_dead) {
  if (wish.name.is_native) {
    if (::shm_unlink(wish.name.object.c_str()) == 0) return true;
    if (errno == ENOENT) return false;
    return failed(wish);
  }
  STRAIT_TRY(const auto files, platform::open(wish));
  if (!files) return false;
  const int lock = posix::lock_on(files->gate());
  if (lock == -1) return failed(wish);
  if (lock == F_RDLCK && only_dead) return false;
  if (lock == F_RDLCK) {
    return fail(condition::device_or_resource_busy, wish.facts.operation, wish.facts.name);
  }
  if (lock == F_WRLCK || posix::try_lock(files->gate()) == -1) return std::nullopt;
  if (!files->is_linked()) return false;
  segment found;
  STRAIT_TRY(const auto size, look_at(wish, files->memory));
  if (size >= header_room) {
    STRAIT_TRY(found.mapped_, map(wish, files->memory.get(), size));
  }
  if (is_ready(found.mapped_) && is_persistent(found.mapped_)) {
    if (only_dead) return false;
    // Who has opened it already, and has not looked yet, sees that it is too late.
    header_of(found.mapped_).state = segment_state::closing;
    fail_point("segment: closing");
  }
  if (!files->remove_names()) return failed(wish);
  return true;
}

result<> segment::leave() noexcept {
  unmap(std::exchange(mapped_, {}));
  const auto files = std::exchange(platform_, {});
  if (!files || life_ != lifetime::owned || files->name.object.empty()) return {};
  // In a copy made by fork the lock is not its own.
  if (files->generation != posix::generation()) return {};
  // Of those who leave in the same moment one gets the lock for himself, and nobody who stays.
  posix::unlock(files->gate());
  const bool is_last = posix::try_lock(files->gate()) == 0;
  fail_point(is_last ? "segment: last user leaves" : "segment: others stay");
  if (!is_last || !files->is_linked()) return {};
  if (!files->remove_names()) return fail(last_error("close shared memory", files->name.object));
  return {};
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes what there is
result<> segment::reserve(const char* operation, std::size_t size) {
  return reserve_first(operation, native(), size);
}

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): its twin looks
std::size_t segment::backed(std::size_t size) const noexcept {
  return size;  // what has no memory yet gets it when it is touched
}

bool segment::is_sealed() const noexcept {
  struct stat facts{};
  return ::fstat(native(), &facts) == 0 && posix::keeps_its_size(native(), facts);
}

native_handle segment::native() const noexcept {
  return platform_->memory.get();
}

result<handle> segment::read_only_handle(const char* operation) const {
  return posix::open_read_only(operation, native(), platform_->name.object);
}

shared_memory::wishes segment::ask(const shared_memory_options& wish) noexcept {
  shared_memory::wishes granted;
  const auto now = mapped_.first(header_size_ + size());
  granted.huge_pages = wish.huge_pages && posix::ask_for_huge_pages(mapped_);
  if (wish.prefault && posix::populate(now.data(), now.size()) != 0) touch(now);
  granted.prefault = wish.prefault;
  granted.lock = wish.lock && ::mlock(now.data(), now.size()) == 0;
  return granted;
}

}  // namespace strait::detail
