// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/durability.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>

namespace strait {

/// What may be done with the bytes of a mapped_file.
enum class map_mode : std::uint8_t {
  read_only,     ///< They are read. Who writes to them nevertheless is stopped by the hardware.
  read_write,    ///< What is written is in the file, and seen by all who have it mapped.
  copy_on_write  ///< What is written is seen here alone, and never gets into the file.
};

/// How bytes are going to be used.
enum class advice : std::uint8_t { sequential, random, will_need, dont_need };

struct mapped_file_options {
  /// As a length: up to where the file ends.
  static constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

  map_mode mode = map_mode::read_only;
  /// Which part of the file: any, aligned or not.
  std::uint64_t offset = 0;
  std::uint64_t length = to_the_end;
  /// What makes the file longer reserves no space for that on its device.
  bool sparse = false;
};

struct new_file_options {
  std::uint64_t offset = 0;
  std::uint64_t length = mapped_file_options::to_the_end;
  bool sparse = false;
  access who = access::owner;  ///< Who may use the file if it is made here.
};

/// A file, or a part of one, as bytes in memory.
///
///     auto table = or_throw(mapped_file::open("table", {.mode = map_mode::read_write}));
///     table.writable_bytes()[0] = std::byte{1};
///     or_throw(table.flush(durability::full));
///
/// What was written is in the file at once, and stays there however this process ends; it takes a
/// flush to be safe when the machine goes down. Only plain files can be mapped: for others open
/// fails and never waits.
///
/// The space on the device is reserved when the file is made or made longer, so that a full one is
/// an error there (no_space_on_device) and not a signal later. In a sparse file, or one that others
/// made so, it can be one. If another process shortens the file, what was cut off is gone.
/// POSIX: to touch it raises SIGBUS; read_at and write_at do not. Windows: nobody can shorten a
/// file while it is mapped.
///
/// Any number of threads may use the bytes and call what is const; everything else is for one
/// thread alone. Move-only; a moved-from file is closed.
class STRAIT_API mapped_file {
 public:
  using open_options = mapped_file_options;
  using create_options = new_file_options;

  mapped_file() noexcept = default;
  mapped_file(mapped_file&& other) noexcept;
  mapped_file& operator=(mapped_file&& other) noexcept;
  ~mapped_file();

  /// Maps a file that is there. `path` is UTF-8.
  ///
  /// A read_write view that reaches beyond the file's end makes the file longer.
  /// Fails with no_such_file_or_directory, permission_denied, is_a_directory; invalid_argument if
  /// it is another kind of thing, if the view would begin beyond the file's end, or end there and
  /// is not read_write; not_enough_memory if it does not fit into the address space; and as create
  /// does where it makes the file longer.
  [[nodiscard]] static result<mapped_file> open(std::string_view path,
                                                const open_options& wish = {});

  /// Makes a file of `size` bytes, all zero, and maps it read_write.
  ///
  /// The name is taken first, then the size: who opens the file in that moment may find it shorter.
  /// Fails with file_exists; no_space_on_device, file_too_large; not_supported if the file's system
  /// cannot reserve space, so that only a sparse file will do (some network drives; ZFS on
  /// FreeBSD). A file that could not get its size is taken away again.
  [[nodiscard]] static result<mapped_file> create(std::string_view path, std::uint64_t size,
                                                  const create_options& wish = {});

  /// Maps the file read_write, and makes it if it is not there: it is at least `size` bytes long
  /// then. Any number of processes may do so at once, and all get the same file.
  [[nodiscard]] static result<mapped_file> open_or_create(std::string_view path, std::uint64_t size,
                                                          const create_options& wish = {});

  /// Maps a file that is open already, for whatever `wish` needs. Fails as open does.
  [[nodiscard]] static result<mapped_file> adopt(handle file, const open_options& wish = {});

  /// The view. Empty if it has no length, or the file is closed.
  [[nodiscard]] const_bytes bytes() const noexcept { return {data_, size_}; }
  /// The same to write to; empty if it is read_only.
  [[nodiscard]] strait::bytes writable_bytes() noexcept {
    return {data_, mode_ == map_mode::read_only ? 0 : size_};
  }

  /// How long the view is.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Where in the file it begins.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] map_mode mode() const noexcept { return mode_; }
  /// How long the file is now.
  [[nodiscard]] result<std::uint64_t> file_size() const;

  /// Waits until what was changed has gone as far as `how` says. Windows: other changes of the
  /// file, like its length, only with durability::full.
  ///
  /// Fails with io_error, no_space_on_device; permission_denied unless it is read_write.
  [[nodiscard]] result<> flush(durability how = durability::ordered) const {
    return flush(bytes(), how);
  }
  /// The same for a part of bytes(). Fails with invalid_argument if it is none.
  [[nodiscard]] result<> flush(const_bytes part, durability how = durability::ordered) const;

  /// Tells the system what comes. Never changes what is there, and may have no effect; Windows
  /// knows will_need and dont_need only. Fails with invalid_argument if `part` is none of bytes().
  [[nodiscard]] result<> advise(const_bytes part, advice what) const;

  /// Brings `part` into memory now, so that reading it waits for no device later.
  ///
  /// Fails with bad_address if the file does not reach as far any more, io_error; invalid_argument
  /// if it is no part of bytes().
  [[nodiscard]] result<> prefault(const_bytes part) const;

  /// Makes the view `n` bytes long, and the file with it: longer if it is too short, else so that
  /// it ends where the view ends. New bytes are zero.
  ///
  /// The view may stand elsewhere afterwards. If it is made longer and that fails, it has not
  /// moved; the file may be longer. If it is made shorter and that fails, it is as long as before,
  /// or empty if there was no room for it any more. Fails as create does; permission_denied unless
  /// it is read_write; invalid_argument if the file goes on behind the view, and would lose that.
  /// Windows: shorter with device_or_resource_busy, if anybody else has the file mapped.
  result<> resize(std::size_t n);

  /// Reads from the file, through no view: `offset` counts from the file's beginning. At least one
  /// byte, or 0 where nothing is any more. One system call, and never a signal.
  [[nodiscard]] result<std::size_t> read_at(std::uint64_t offset, strait::bytes into) const;
  /// Writes to the file, at least one byte, and makes it longer if that is beyond its end. What is
  /// written is seen in the views.
  ///
  /// Fails with permission_denied unless it is read_write; no_space_on_device, file_too_large.
  [[nodiscard]] result<std::size_t> write_at(std::uint64_t offset, const_bytes from) const;

  /// Closes now, to learn whether that worked. Flushes nothing.
  result<> close() noexcept;
  explicit operator bool() const noexcept { return static_cast<bool>(file_); }

  /// Gives up the view, and the open file to the caller.
  [[nodiscard]] handle release() noexcept;
  [[nodiscard]] native_handle native() const noexcept { return file_.get(); }

 private:
  static result<mapped_file> map(const char* operation, std::string_view path, handle& file,
                                 const open_options& wish, std::uint64_t at_least = 0);
  result<> map(const char* operation, native_handle file, const open_options& wish,
               std::uint64_t at_least);
  result<> check_part(const char* operation, const_bytes part) const;
  result<> check_writable(const char* operation) const;
  result<> lengthen(std::size_t n);
  result<> shorten(std::size_t n);
  result<> unmap() noexcept;

  handle file_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t offset_ = 0;
  map_mode mode_ = map_mode::read_only;
  bool sparse_ = false;
  subject_name path_;
};

}  // namespace strait
