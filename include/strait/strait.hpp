// SPDX-License-Identifier: MIT
#pragma once

// All of it.
#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/durability.hpp>
#include <strait/endpoint.hpp>
#include <strait/error.hpp>
#include <strait/fifo.hpp>
#include <strait/file_lock.hpp>
#include <strait/file_range.hpp>
#include <strait/frame.hpp>
#include <strait/handle.hpp>
#include <strait/lease.hpp>
#include <strait/local_stream.hpp>
#include <strait/mapped_file.hpp>
#include <strait/mirrored_memory.hpp>
#include <strait/multicast.hpp>
#include <strait/name.hpp>
#include <strait/native.hpp>
#include <strait/network_interface.hpp>
#include <strait/offset_ptr.hpp>
#include <strait/peer.hpp>
#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/reclaim.hpp>
#include <strait/resolve.hpp>
#include <strait/shared_file.hpp>
#include <strait/shared_memory.hpp>
#include <strait/stream.hpp>
#include <strait/tcp.hpp>
#if defined(__cpp_exceptions)
#include <strait/lockable_file.hpp>
#include <strait/throw.hpp>
#endif
#include <strait/typed.hpp>
#include <strait/udp.hpp>
#include <strait/unix_address.hpp>
#include <strait/unix_socket.hpp>
#include <strait/wait.hpp>
