// SPDX-License-Identifier: MIT
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <strait/handle.hpp>

namespace support {

/// Whether the loopback of this process's network carries packets.
inline bool set_loopback(bool is_up) {
  const auto any = strait::handle::adopt(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  if (is_up) loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  return any && ::ioctl(any.get(), SIOCSIFFLAGS, &loopback) == 0;
}

/// Puts this process into a network, and a tree of mounts, of its own: one that has nothing but the
/// loopback. False if it may not, or the system has no such thing.
inline bool enter_own_network() {
#if defined(CLONE_NEWNET) && defined(CLONE_NEWNS)
  return ::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 && set_loopback(true);
#else
  return false;
#endif
}

}  // namespace support
