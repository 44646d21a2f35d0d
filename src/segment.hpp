// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <strait/shared_memory.hpp>

#include "segment_header.hpp"

namespace strait::detail {

/// What the system calls a segment.
struct segment_name {
  std::string object;  ///< POSIX: as shm_open takes it. Windows: "Local\..." or "Global\...".
  std::string file;    ///< What stands in the runtime directory for it, where something does.
  bool is_native = false;
  std::uint32_t user = 0;  ///< POSIX: who asks for it.
};

struct segment_wish {
  way how = way::open;
  segment_name name;
  segment_facts facts;
  access who = access::owner;
  bool read_only = false;
};

/// One mapped memory object, and this process's claim on it. What only one system knows of it,
/// the twins hold in `platform`.
///
/// All named objects that live in shared memory are segments. Who makes one, what becomes of it if
/// he is killed, and who removes it is told in docs/decisions/013.
class segment {
 public:
  /// Makes or opens a named one, waiting for whoever makes or removes it in this moment.
  static result<std::unique_ptr<segment>> get(const segment_wish& wish, const deadline& until);
  /// Made by another program, or for one: without a header.
  static result<std::unique_ptr<segment>> get_native(const segment_wish& wish);
  static result<std::unique_ptr<segment>> anonymous(const segment_wish& wish);
  static result<std::unique_ptr<segment>> adopt(handle passed, const segment_wish& wish);

  /// Removes what nobody uses: all such, or only what is dead. False if there is nothing.
  static result<bool> remove(const segment_wish& wish, bool only_dead, const deadline& until);

  segment() noexcept;
  segment(const segment&) = delete;
  segment& operator=(const segment&) = delete;
  ~segment();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t max_size() const noexcept;
  [[nodiscard]] lifetime life() const noexcept { return life_; }
  [[nodiscard]] bool is_read_only() const noexcept { return read_only_; }
  result<> grow(const char* operation, std::size_t size);

  [[nodiscard]] bool is_sealed() const noexcept;
  [[nodiscard]] native_handle native() const noexcept;
  [[nodiscard]] result<handle> read_only_handle(const char* operation) const;
  /// What of the wishes the system grants.
  shared_memory::wishes ask(const shared_memory_options& wish) noexcept;

  /// Lets go of it, and removes it if it is owned and this was the last user.
  result<> leave() noexcept;

 private:
  struct platform;

  /// One try; nothing if somebody makes or removes it in this moment.
  static result<std::unique_ptr<segment>> attempt(const segment_wish& wish);
  static result<std::optional<bool>> attempt_removal(const segment_wish& wish, bool only_dead);
  /// Maps what is there; false if it is not alive.
  result<bool> attach(const segment_wish& wish);
  /// Makes it where nobody uses it, after taking away what dead ones left.
  static result<std::unique_ptr<segment>> take_over(std::unique_ptr<segment> found,
                                                    const segment_wish& wish);
  /// Gives new memory its size and its beginning; false if another was faster.
  result<bool> make(const segment_wish& wish);
  /// Checks what is mapped, and believes it from now on.
  result<> accept(const segment_wish& wish);

  /// Has memory behind the first `size` bytes of all that is mapped.
  result<> reserve(const char* operation, std::size_t size);
  /// How much of that there is, where a view may have memory later.
  [[nodiscard]] std::size_t backed(std::size_t size) const noexcept;

  std::span<std::byte> mapped_;
  std::size_t header_size_ = header_room;  // none in front of what other programs made
  std::size_t max_size_ = 0;
  mutable std::atomic<std::size_t> known_size_ = 0;  // what is there for certain
  lifetime life_ = lifetime::persistent;             // owned only when it is ours to remove
  bool read_only_ = false;
  std::unique_ptr<platform> platform_;
};

/// The system's name for the thing of `kind` called `n`.
///
/// Fails as name::check does; with invalid_argument if others shall have access to what they
/// cannot find.
result<segment_name> segment_name_of(const name& n, std::string_view kind, access who);

/// Those of `kind` that the system itself lists, dead or alive.
std::vector<segment_name> listed_segments(scope where, std::string_view kind);

/// The one of `kind` called `text` that `file` in the runtime directory belongs to.
segment_name segment_beside(scope where, std::string_view file, std::string_view text,
                            std::string_view kind);

}  // namespace strait::detail
