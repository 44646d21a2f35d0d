// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>

namespace strait {

/// Whatever bytes can be read from: a pipe_reader, a duplex_pipe, later a local_stream ...
template <class Stream>
concept readable_stream = requires(Stream& from, bytes into, const deadline& until) {
  { from.read(into, until) } -> std::same_as<result<std::size_t>>;
};

/// Whatever bytes can be written to.
template <class Stream>
concept writable_stream = requires(Stream& to, const_bytes from, const deadline& until) {
  { to.write(from, until) } -> std::same_as<result<std::size_t>>;
};

/// Whatever takes several pieces in one call.
template <class Stream>
concept gathering_stream = writable_stream<Stream> &&
                           requires(Stream& to, const_bytes_list from, const deadline& until) {
                             { to.write(from, until) } -> std::same_as<result<std::size_t>>;
                           };

namespace detail {

/// Moves all `total` bytes by calls of `step(done)`, each of which moves some. The deadline is
/// looked at between the steps too: a peer that always has room must not hold us for ever.
template <std::unsigned_integral Count, class Step>
result<> move_all(Count total, const deadline& until, const char* operation, Step step) {
  Count done = 0;
  while (done < total) {
    if (done > 0 && until.has_passed()) {
      return std::unexpected{
          error{.condition = condition::timed_out, .operation = operation, .done = done}};
    }
    result<std::size_t> moved = step(done);
    if (!moved) {
      moved.error().done = done;
      return std::unexpected{moved.error()};
    }
    if (*moved == 0) {
      return std::unexpected{
          error{.condition = condition::broken_pipe, .operation = operation, .done = done}};
    }
    done += *moved;
  }
  return {};
}

}  // namespace detail

/// Writes the whole of `from`.
///
/// Fails as `to.write` does; `error::done` tells how many bytes had been written by then.
template <writable_stream Stream>
[[nodiscard]] result<> write_all(Stream& to, const_bytes from, const deadline& until = {}) {
  return detail::move_all(from.size(), until, "write all",
                          [&](std::size_t done) { return to.write(from.subspan(done), until); });
}

/// Fills the whole of `into`.
///
/// Fails as `from.read` does, and with broken_pipe if the stream ends before that; `error::done`
/// tells how many bytes had been read by then.
template <readable_stream Stream>
[[nodiscard]] result<> read_exactly(Stream& from, bytes into, const deadline& until = {}) {
  return detail::move_all(into.size(), until, "read exactly",
                          [&](std::size_t done) { return from.read(into.subspan(done), until); });
}

/// Moves everything from one stream to another until `from` ends, and tells how much that was.
/// `to` stays open. Call it strait::copy: with a duration, std::copy is found as well.
///
/// Takes 64 KiB of memory for as long as it runs.
/// Fails as `from.read` and `to.write` do; `error::done` tells how many bytes had been written by
/// then. At most 64 KiB more had been read, and are lost.
template <readable_stream From, writable_stream To>
[[nodiscard]] result<std::uint64_t> copy(From& from, To& to, const deadline& until = {}) {
  using memory = std::array<std::byte, std::size_t{64} * 1024>;
  const auto buffer = std::make_unique_for_overwrite<memory>();  // too much for a small stack
  std::uint64_t done = 0;
  const auto failed = [&](error why) -> result<std::uint64_t> {
    why.done += done;
    return std::unexpected{why};
  };
  for (;;) {
    // As in move_all: a peer that always has something must not hold us for ever.
    if (done > 0 && until.has_passed()) {
      return failed({.condition = condition::timed_out, .operation = "copy"});
    }
    const auto got = from.read(bytes{*buffer}, until);
    if (!got) return failed(got.error());
    if (*got == 0) return done;
    const auto written = write_all(to, const_bytes{*buffer}.first(*got), until);
    if (!written) return failed(written.error());
    done += *got;
  }
}

}  // namespace strait
