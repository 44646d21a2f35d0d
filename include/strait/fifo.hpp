// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/detail/byte_end.hpp>
#include <strait/error.hpp>
#include <strait/name.hpp>
#include <strait/wait.hpp>

namespace strait {

/// What a read from a FIFO does when the last writer has gone and all was read.
enum class at_end : std::uint8_t {
  finish,        ///< It returns 0: here a stream ends. The next writer begins another one.
  wait_for_next  ///< It waits for the next writer: one stream without an end.
};

struct fifo_reader_options {
  at_end end = at_end::finish;
  access who = access::owner;  ///< Who may write.
  /// How many bytes should be able to wait inside; 0 leaves it to the system. A wish, as
  /// pipe_options::capacity is. Windows: for each writer.
  std::size_t capacity = 0;
};

/// The end of a FIFO where bytes come out: what any number of processes write under its name.
///
///     auto reader = or_throw(fifo_reader::create("log"));
///     while (const auto size = or_throw(reader.read(buffer))) work_on(buffer, size);
///
/// A name has one reader at a time; it dies with its reader, at whatever instruction. Writes of at
/// most fifo_writer::atomic_size bytes arrive whole, each writer's in its order.
///
/// POSIX: a FIFO file, which shells and other programs may open as well. Windows: a named pipe with
/// an instance for each writer. Eight of them always wait for writers; if so many have come since
/// the last read, others wait for the next one to open.
///
/// One thread at a time may use it. Default-constructed and moved-from readers are closed.
class STRAIT_API fifo_reader {
 public:
  using options = fifo_reader_options;

  fifo_reader() noexcept;
  fifo_reader(fifo_reader&& other) noexcept;
  fifo_reader& operator=(fifo_reader&& other) noexcept;
  ~fifo_reader();

  /// Claims the name at once: from now on writers can open it. What a reader that died left behind
  /// is taken away; what was left inside is lost, and its writers get broken_pipe.
  ///
  /// A native_name opens what stands there as it is, or makes it if nothing does, takes nothing
  /// away and does not know of other readers. Fails with address_in_use if a living reader has the
  /// name (POSIX: also another program, which then sees a writer come and go), file_exists if it is
  /// something else than a FIFO, permission_denied, name_collision; as name::check does.
  [[nodiscard]] static result<fifo_reader> create(const name& n, const options& wish = {});

  /// The same, and waits until a writer has come. If none does, nothing is left behind.
  ///
  /// Fails with timed_out and operation_canceled, too. POSIX: a writer that has not written yet is
  /// noticed up to 50 ms late.
  [[nodiscard]] static result<fifo_reader> open(const name& n, const deadline& until = {},
                                                const options& wish = {});

  /// Waits for data and reads at least one byte of it. Nothing is read into an empty `into`.
  ///
  /// Before the first writer has come it waits for it. With at_end::finish 0 means that all writers
  /// have gone and all they wrote has been read. After that the next writer begins a new stream,
  /// and a read waits for it again. Of a writer that comes and goes without a byte between two
  /// reads nothing may be noticed.
  ///
  /// Without a deadline this is one system call, two at the beginning of a stream. Windows: two,
  /// and one read takes bytes of one write of one writer. A read that fails has taken nothing.
  /// Fails with timed_out, operation_canceled, bad_file_descriptor if the reader is closed;
  /// no_such_file_or_directory if somebody took the file away, so that no writer can come.
  [[nodiscard]] result<std::size_t> read(bytes into, const deadline& until = {});
  /// The same, filling several pieces in order. Windows: the first that is not empty.
  [[nodiscard]] result<std::size_t> read(bytes_list into, const deadline& until = {});

  /// For wait_any: data to read, or the end of a stream that has begun.
  ///
  /// Windows: also a writer that has come or gone and said nothing, so give the read a deadline of
  /// `0ms`. macOS: data only; no end is noticed.
  [[nodiscard]] readiness readable();

  /// Closes now, and gives the name back. What was not read is lost; writers get broken_pipe.
  result<> close() noexcept;
  explicit operator bool() const noexcept { return state_ != nullptr; }

  /// POSIX: the descriptor that is read from; another one for each stream. Windows: the event that
  /// readable() waits for.
  [[nodiscard]] native_handle native() const noexcept;

 private:
  struct state;
  explicit fifo_reader(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

struct fifo_writer_options {
  access who = access::owner;  ///< Whose reader is trusted: see strait::access.
};

/// The end of a FIFO where bytes go in.
///
/// One thread at a time may use it. Default-constructed and moved-from writers are closed.
class fifo_writer {
 public:
  /// Writes up to this size arrive whole: what every system guarantees.
  static constexpr std::size_t atomic_size = 512;

  using options = fifo_writer_options;

  fifo_writer() noexcept = default;

  /// Waits until there is a reader of that name, and opens it. Whether the name exists already, or
  /// is what a dead reader left, makes no difference.
  ///
  /// `0ms` asks once. A wait looks again after 1 ms at first, then less often, at least each 50 ms.
  /// Fails with timed_out, operation_canceled, invalid_argument if it is something else than a
  /// FIFO, permission_denied, also if the FIFO is somebody else's; name_collision; as name::check
  /// does.
  [[nodiscard]] STRAIT_API static result<fifo_writer> open(const name& n,
                                                           const deadline& until = {},
                                                           const options& wish = {});

  /// Waits for room and writes some of `from`, at least one byte of it, or nothing if it is empty.
  /// What was written can be read after this end, or this process, is gone.
  ///
  /// At most atomic_size bytes are written all or not at all, and never mixed with those of another
  /// writer. Where there is room, this is one system call without a deadline (three where the
  /// system can only suppress SIGPIPE for the whole thread). A write that fails has written
  /// nothing. Fails with broken_pipe if the reader has gone (never with a signal), timed_out,
  /// operation_canceled, bad_file_descriptor if the end is closed.
  [[nodiscard]] result<std::size_t> write(const_bytes from, const deadline& until = {}) {
    return named(end_.write(from, until));
  }
  /// The same, taking several pieces in order: a header and its body in one call.
  [[nodiscard]] result<std::size_t> write(const_bytes_list from, const deadline& until = {}) {
    return named(end_.write(from, until));
  }

  /// For wait_any: room to write, or a reader that has gone.
  [[nodiscard]] readiness writable() const noexcept { return end_.writable(); }

  /// Closes now, to learn whether that worked. The reader still gets all that was written.
  result<> close() noexcept { return end_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(end_); }

  /// POSIX: a descriptor in non-blocking mode, for no other process has it.
  [[nodiscard]] native_handle native() const noexcept { return end_.native(); }

 private:
  explicit fifo_writer(detail::byte_end end) noexcept : end_{std::move(end)} {}

  static result<std::size_t> named(result<std::size_t> written) noexcept {
    if (!written) [[unlikely]]
      written.error().operation = "write to FIFO";
    return written;
  }

  detail::byte_end end_;
};

}  // namespace strait
