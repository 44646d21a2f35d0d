// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/name.hpp>

namespace strait {

/// How long a named object stays.
enum class lifetime : std::uint8_t {
  /// It goes with its last user: when that one closes it or ends, also by a crash. Where kill -9
  /// took the last one on POSIX, nobody is left to remove it: the next create, open or reclaim
  /// finds it dead, and never takes it for alive.
  owned,
  /// It stays until it is removed. POSIX: or until the machine is started anew. Windows: a file
  /// backs it, which stays even then.
  persistent
};

struct shared_memory_options {
  access who = access::owner;  ///< Who else may open it.
  lifetime life = lifetime::owned;
  /// How far it may grow. The address space for that much is taken at once; 0: not at all.
  std::size_t max_size = 0;
  bool read_only = false;  ///< For open and adopt: the hardware refuses to write.
  /// For adopt: only memory that nobody can make shorter, see shared_memory::is_sealed.
  bool sealed_only = false;
  bool huge_pages = false;  ///< A wish, as the next two: see shared_memory::granted.
  bool prefault = false;    ///< Touch every page now, so that no later access waits for one.
  bool lock = false;        ///< Keep it in memory.
  /// How long to wait for one who is making or removing it in this moment.
  deadline until = {};
};

namespace detail {
class segment;

enum class way : std::uint8_t { create, open, either };

/// What stands in a segment, and how its maker begins it.
struct contents {
  std::uint64_t hash = 0;
  std::uint64_t size = 0;
  std::uint64_t alignment = 0;
  void (*fill)(std::byte* at) noexcept = nullptr;
};
}  // namespace detail

/// Bytes that several processes see.
///
///     auto made = shared_memory::create("telemetry", 1 << 20);
///     auto seen = shared_memory::open("telemetry", {.read_only = true});
///
/// The memory is there when create returns: on a full system create fails with no_space_on_device
/// or not_enough_memory, and no access fails later. Its bytes are zero at first. What others see of
/// a write, and when, is as between threads: std::atomic_ref, or another mechanism, orders it.
///
/// The size is exact everywhere, and is not trusted beyond what is mapped. But on POSIX whoever may
/// open a named object may also cut it, and then an access raises SIGBUS; is_sealed() tells what is
/// safe from that: anonymous memory, on Linux, FreeBSD and Windows. Between those who do not trust
/// each other pass that one.
///
/// A process that fork copied shares the memory; it may use or destroy its copy, and the object
/// stays in use until both have. Move-only; a moved-from object is closed. Two threads may use it
/// at once, but not while one of them closes or moves it.
class STRAIT_API shared_memory {
 public:
  using options = shared_memory_options;

  struct wishes {
    bool huge_pages = false;
    bool prefault = false;
    bool lock = false;
  };

  shared_memory() noexcept;
  shared_memory(shared_memory&& other) noexcept;
  shared_memory& operator=(shared_memory&& other) noexcept;
  ~shared_memory();

  /// Makes it. A native_name makes memory without the page in front that strait uses itself, for
  /// other programs: its lifetime is the system's own, and it cannot grow.
  ///
  /// Fails with file_exists if somebody alive uses it, or it is persistent; no_space_on_device,
  /// not_enough_memory; permission_denied, timed_out, operation_canceled; name_collision; as
  /// name::check does.
  [[nodiscard]] static result<shared_memory> create(const name& n, std::size_t size,
                                                    const options& wish = {});

  /// Opens what is there. Its size and lifetime are its own: of `wish`, `who` says whom to trust.
  ///
  /// Fails with no_such_file_or_directory if it is not there, or nobody alive uses it and it is
  /// not persistent; incompatible if it is not the memory of a strait that this one understands,
  /// or holds a type; corrupted; permission_denied if it belongs to a user who is not trusted.
  [[nodiscard]] static result<shared_memory> open(const name& n, const options& wish = {});

  /// Opens what is there, whatever its size, or makes it. Of all who do this at the same time one
  /// makes it; if that one is killed, the next.
  [[nodiscard]] static result<shared_memory> open_or_create(const name& n, std::size_t size,
                                                            const options& wish = {});

  /// Memory without a name, for those who get its handle: see native() and adopt.
  [[nodiscard]] static result<shared_memory> anonymous(std::size_t size, const options& wish = {});

  /// The memory behind a handle that another process passed.
  ///
  /// Fails with invalid_argument if it is not memory, or is not sealed and ought to be;
  /// incompatible, corrupted.
  [[nodiscard]] static result<shared_memory> adopt(handle passed, const options& wish = {});

  /// Removes a persistent object, or a dead one. False if there is none.
  ///
  /// Fails with device_or_resource_busy if somebody uses it. A native_name is removed at once on
  /// POSIX, and those who use it keep it; on Windows it goes with its last user.
  static result<bool> remove(const name& n, const deadline& until = {});

  /// Removes what dead processes left of an owned object, or of one that was not ready. False if
  /// there is nothing such.
  static result<bool> reclaim(const name& n, const deadline& until = {});

  /// All of it.
  [[nodiscard]] const_bytes bytes() const noexcept;
  /// The same to write to; empty if it is read-only.
  [[nodiscard]] strait::bytes writable_bytes() const noexcept;

  /// How much there is now: others may have made it grow. It never shrinks.
  [[nodiscard]] std::size_t size() const noexcept;
  /// How much there can be.
  [[nodiscard]] std::size_t max_size() const noexcept;

  /// Makes it at least `size` long for everyone, at the same place; the new bytes are zero.
  ///
  /// Fails with invalid_argument beyond max_size, no_space_on_device, not_enough_memory;
  /// operation_not_permitted for read-only memory.
  result<> grow(std::size_t size);

  [[nodiscard]] lifetime life() const noexcept;
  [[nodiscard]] bool is_read_only() const noexcept;
  /// Whether nobody, whatever he does, can take the memory away from those who have mapped it.
  [[nodiscard]] bool is_sealed() const noexcept;

  /// Which wishes the system granted.
  [[nodiscard]] wishes granted() const noexcept;

  /// A handle to pass to others, by which they can read and write, or only read if this one can.
  [[nodiscard]] native_handle native() const noexcept;
  /// A handle to pass by which others can only read.
  ///
  /// Fails with not_supported for anonymous memory on macOS.
  [[nodiscard]] result<handle> read_only_handle() const;

  [[nodiscard]] bool is_open() const noexcept;
  /// Closes now, to learn whether that worked. The destructor does the same.
  result<> close() noexcept;

 private:
  template <class T>
  friend class typed;

  static result<shared_memory> get(const name& n, detail::way how, std::size_t size,
                                   const options& wish, const detail::contents& what);
  static result<shared_memory> get_anonymous(std::size_t size, const options& wish,
                                             const detail::contents& what);
  static result<shared_memory> get_passed(handle passed, const options& wish,
                                          const detail::contents& what);

  shared_memory(std::unique_ptr<detail::segment> got, const options& wish) noexcept;
  std::unique_ptr<detail::segment> segment_;
  wishes granted_;
};

}  // namespace strait
