// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <expected>

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

namespace detail {

/// Moves all `total` bytes by calls of `step(done)`, each of which moves some. The deadline is
/// looked at between the steps too: a peer that always has room must not hold us for ever.
template <class Step>
result<> move_all(std::size_t total, const deadline& until, const char* operation, Step step) {
  std::size_t done = 0;
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

}  // namespace strait
