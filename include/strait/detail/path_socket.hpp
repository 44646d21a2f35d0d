// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>

namespace strait::detail {

struct path_plan;

/// A socket that stands at a path, and takes that away when it is closed: what listeners have
/// inside, and datagram sockets.
class STRAIT_API path_socket {
 public:
  path_socket() noexcept;
  path_socket(path_socket&& other) noexcept;
  path_socket& operator=(path_socket&& other) noexcept;
  ~path_socket();

  /// Claims the place, and what a dead process left there.
  [[nodiscard]] static result<path_socket> create(const path_plan& plan);
  /// Takes over one that has no path, or whose path is not ours.
  [[nodiscard]] static path_socket own(socket_handle s);

  /// The next who has connected.
  [[nodiscard]] result<socket_handle> accept(const char* operation, const deadline& until);

  result<> close(const char* operation) noexcept;
  /// Gives the socket up; what stands at the path stays.
  [[nodiscard]] socket_handle release() noexcept;
  [[nodiscard]] native_socket native() const noexcept;
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace strait::detail
