// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/detail/byte_end.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/wait.hpp>

namespace strait {

/// The end of a pipe where bytes come out.
///
/// One thread at a time may use it. Default-constructed and moved-from ends are closed.
class pipe_reader {
 public:
  pipe_reader() noexcept = default;

  /// Waits for data and reads at least one byte of it; 0 means that every writer has closed and
  /// all they wrote has been read. Nothing is read into an empty `into`.
  ///
  /// Without a deadline this is one system call. A read that fails has taken nothing.
  /// Fails with timed_out, operation_canceled, bad_file_descriptor if the end is closed.
  [[nodiscard]] result<std::size_t> read(bytes into, const deadline& until = {}) {
    return end_.read(into, until);
  }
  /// The same, filling several pieces in order. Windows: the first that is not empty.
  [[nodiscard]] result<std::size_t> read(bytes_list into, const deadline& until = {}) {
    return end_.read(into, until);
  }

  /// For wait_any: whether there is data, or the end of the stream.
  [[nodiscard]] readiness readable() const noexcept { return end_.readable(); }

  /// How many bytes can wait inside: see pipe_options::capacity.
  [[nodiscard]] result<std::size_t> capacity() const { return end_.capacity(); }

  /// Closes now, to learn whether that worked. Writers get broken_pipe from then on.
  result<> close() noexcept { return end_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(end_); }

  /// Takes over the reading end of a pipe that something else made.
  ///
  /// Fails with invalid_argument if `h` is something else; on Windows with not_supported if it is
  /// synchronous, as the standard input of most programs is: no wait on it could be ended.
  [[nodiscard]] STRAIT_API static result<pipe_reader> adopt(handle h);
  /// A second reading end of the same pipe: each byte goes to one of them.
  [[nodiscard]] STRAIT_API result<pipe_reader> duplicate() const;
  [[nodiscard]] handle release() noexcept { return end_.release(); }
  [[nodiscard]] native_handle native() const noexcept { return end_.native(); }

 private:
  friend struct pipe;
  explicit pipe_reader(detail::byte_end end) noexcept : end_{std::move(end)} {}

  detail::byte_end end_;
};

/// The end of a pipe where bytes go in.
///
/// One thread at a time may use it. Default-constructed and moved-from ends are closed.
class pipe_writer {
 public:
  pipe_writer() noexcept = default;

  /// Waits for room and writes some of `from`, at least one byte of it, or nothing if it is empty.
  /// What was written stays readable after this end, or this process, is gone.
  ///
  /// At most pipe::atomic_size bytes are written all or not at all, and never mixed with those of
  /// another writer. Without a deadline this is one system call (three where the system can only
  /// suppress SIGPIPE for the whole thread). A write that fails has written nothing.
  /// Fails with broken_pipe if nobody can read any more (never with a signal), timed_out,
  /// operation_canceled, bad_file_descriptor if the end is closed.
  ///
  /// POSIX: a timed write on a system without non-blocking calls (macOS, FreeBSD, Linux before
  /// 6.4) may overstay its deadline if another process fills the same pipe at the same moment.
  [[nodiscard]] result<std::size_t> write(const_bytes from, const deadline& until = {}) {
    return end_.write(from, until);
  }
  /// The same, taking several pieces in order: a header and its body in one call.
  [[nodiscard]] result<std::size_t> write(const_bytes_list from, const deadline& until = {}) {
    return end_.write(from, until);
  }

  /// For wait_any: whether there is room for pipe::atomic_size bytes, or nobody to read them.
  [[nodiscard]] readiness writable() const noexcept { return end_.writable(); }

  /// How many bytes can wait inside: see pipe_options::capacity.
  [[nodiscard]] result<std::size_t> capacity() const { return end_.capacity(); }

  /// Closes now, to learn whether that worked. The reader still gets all that was written.
  result<> close() noexcept { return end_.close(); }
  explicit operator bool() const noexcept { return static_cast<bool>(end_); }

  /// Takes over the writing end of a pipe that something else made.
  ///
  /// Fails with invalid_argument if `h` is something else; on Windows with not_supported if it is
  /// synchronous, as the standard output of most programs is: no wait on it could be ended.
  [[nodiscard]] STRAIT_API static result<pipe_writer> adopt(handle h);
  /// A second writing end of the same pipe. The reader's stream ends when all have closed.
  [[nodiscard]] STRAIT_API result<pipe_writer> duplicate() const;
  [[nodiscard]] handle release() noexcept { return end_.release(); }
  [[nodiscard]] native_handle native() const noexcept { return end_.native(); }

 private:
  friend struct pipe;
  explicit pipe_writer(detail::byte_end end) noexcept : end_{std::move(end)} {}

  detail::byte_end end_;
};

struct pipe_options {
  /// How many bytes should be able to wait inside; 0 leaves it to the system. A wish: the system
  /// rounds it up or has a maximum, and macOS and FreeBSD choose by themselves. `capacity()` of an
  /// end tells what it became.
  std::size_t capacity = 0;
};

/// A one-way stream of bytes between relatives: keep one end and give the other to a child.
///
///     auto [reader, writer] = or_throw(pipe::create());
///
/// POSIX: pipe2. Windows: a named pipe with a random name, open to the owner alone, because what
/// CreatePipe makes cannot be waited for with a deadline.
struct pipe {
  pipe_reader reader;
  pipe_writer writer;

  /// Writes up to this size are never mixed with others: what every system guarantees.
  static constexpr std::size_t atomic_size = 512;

  using options = pipe_options;

  /// Makes a pipe whose ends are for programs that use strait.
  ///
  /// Fails with too_many_files_open, too_many_files_open_in_system.
  [[nodiscard]] STRAIT_API static result<pipe> create(const options& wish = {});
};

/// The two ends of a pipe for programs that know nothing of strait: give them to two children as
/// standard output and standard input.
///
/// Windows: synchronous handles, as ordinary programs expect; pipe_reader and pipe_writer cannot
/// adopt them. POSIX: no difference.
struct plain_pipe {
  handle reader;
  handle writer;

  /// Fails as pipe::create does.
  [[nodiscard]] STRAIT_API static result<plain_pipe> create(const pipe::options& wish = {});
};

/// One side of a two-way conversation: a pipe to read from and another to write to.
///
/// One thread may read while another writes.
struct duplex_pipe {
  pipe_reader reader;
  pipe_writer writer;

  [[nodiscard]] result<std::size_t> read(bytes into, const deadline& until = {}) {
    return reader.read(into, until);
  }
  [[nodiscard]] result<std::size_t> read(bytes_list into, const deadline& until = {}) {
    return reader.read(into, until);
  }
  [[nodiscard]] result<std::size_t> write(const_bytes from, const deadline& until = {}) {
    return writer.write(from, until);
  }
  [[nodiscard]] result<std::size_t> write(const_bytes_list from, const deadline& until = {}) {
    return writer.write(from, until);
  }

  /// For wait_any.
  [[nodiscard]] readiness readable() const noexcept { return reader.readable(); }
  [[nodiscard]] readiness writable() const noexcept { return writer.writable(); }

  /// Takes over what two pipe ends were released to.
  [[nodiscard]] STRAIT_API static result<duplex_pipe> adopt(handle reader, handle writer);

  /// Makes both sides of a conversation. Fails as pipe::create does.
  [[nodiscard]] STRAIT_API static result<std::pair<duplex_pipe, duplex_pipe>> create(
      const pipe::options& wish = {});
};

}  // namespace strait
