// SPDX-License-Identifier: MIT
#include <strait/unix_socket.hpp>

#include "../try.hpp"

namespace strait {
namespace {

constexpr auto no_handles =
    "Windows passes no handles through Unix domain sockets: local_stream "
    "does";

}  // namespace

result<> unix_stream::send_handles(std::span<const native_handle> /*handles*/,
                                   const deadline& /*until*/) {
  if (!io_) return fail(condition::bad_file_descriptor, "send handles");
  return fail(condition::not_supported, "send handles", {}, no_handles);
}

result<std::size_t> unix_stream::receive_handles(std::span<handle> /*into*/,
                                                 const deadline& /*until*/) {
  if (!io_) return fail(condition::bad_file_descriptor, "receive handles");
  return fail(condition::not_supported, "receive handles", {}, no_handles);
}

result<peer_process> unix_stream::peer() const {
  return peer_process::of_socket(io_.native());
}

}  // namespace strait
