// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/file_range.hpp>
#include <strait/handle.hpp>
#include <strait/wait.hpp>

namespace strait::detail {

/// One end of a connection through sockets: what tcp_stream and unix_stream have inside.
///
/// One thread may read while another writes. `operation` is what errors call it.
class STRAIT_API stream_socket {
 public:
  stream_socket() noexcept = default;
  /// Takes over a connected socket. Windows: its calls do not block.
  explicit stream_socket(socket_handle s) noexcept : io_{std::move(s)} {}

  [[nodiscard]] result<std::size_t> read(const char* operation, bytes into, const deadline& until);
  [[nodiscard]] result<std::size_t> read(const char* operation, bytes_list into,
                                         const deadline& until);
  [[nodiscard]] result<std::size_t> write(const char* operation, const_bytes from,
                                          const deadline& until);
  [[nodiscard]] result<std::size_t> write(const char* operation, const_bytes_list from,
                                          const deadline& until);
  [[nodiscard]] result<std::uint64_t> send_file(const char* operation, native_handle file,
                                                const file_range& which, const deadline& until);
  result<> finish(const char* operation);

  [[nodiscard]] readiness readable() const noexcept {
    return readiness{watched::socket(io_.get(), watched::kind::readable)};
  }
  [[nodiscard]] readiness writable() const noexcept {
    return readiness{watched::socket(io_.get(), watched::kind::writable)};
  }

  result<> close() noexcept { return std::exchange(*this, {}).io_.close(); }
  [[nodiscard]] socket_handle release() noexcept { return std::move(std::exchange(*this, {}).io_); }
  [[nodiscard]] native_socket native() const noexcept { return io_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(io_); }

 private:
  socket_handle io_;
};

}  // namespace strait::detail
