// SPDX-License-Identifier: MIT
#include <strait/unix_socket.hpp>

#include "../stream_end.hpp"
#include "passed_handles.hpp"

namespace strait {

result<> unix_stream::send_handles(std::span<const native_handle> handles, const deadline& until) {
  return detail::broken_at_end(posix::send_handles("send handles", io_.native(), handles, until));
}

result<std::size_t> unix_stream::receive_handles(std::span<handle> into, const deadline& until) {
  return detail::broken_at_end(
      posix::receive_handles("receive handles", io_.native(), into, until));
}

result<peer_process> unix_stream::peer() const {
  return peer_process::of_socket(io_.native());
}

}  // namespace strait
