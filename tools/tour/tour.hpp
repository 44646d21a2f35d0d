// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <strait/strait.hpp>

/// The tour: this program and children of its own talk over every mechanism there is.
namespace tour {

using duration = std::chrono::steady_clock::duration;

/// What a conversation came to.
struct outcome {
  std::size_t messages = 0;
  std::size_t bytes = 0;
  std::vector<duration> round_trips;
};

/// One row of the table: a mechanism, and the two programs that show it. Either throws if
/// something goes wrong.
struct stop {
  std::string_view mechanism;
  std::string_view primitive;  ///< What it stands on, on this system.
  std::string_view role;       ///< What the child is called with.
  std::function<outcome()> here;
  std::function<void()> there;
};

/// This program, to be started as the child with `role`.
strait::command myself_as(std::string_view role);

/// A name that no other tour uses.
std::string own_name();

/// Calls `once` so often and notes how long each call took.
std::vector<duration> time_each(std::size_t count, const std::function<void()>& once);

/// Throws unless things are as they should be.
void expect(bool so, const char* what);

/// A port of this machine that the system chooses.
inline constexpr strait::endpoint own_endpoint{.address = strait::ip_address::loopback_v4()};

/// Nothing in the tour takes longer, whatever happens.
inline constexpr auto patience = std::chrono::seconds{20};

void add_files(std::vector<stop>& all);
void add_fifos(std::vector<stop>& all);
void add_leases(std::vector<stop>& all);
void add_memory(std::vector<stop>& all);
void add_pipes(std::vector<stop>& all);
void add_processes(std::vector<stop>& all);
void add_streams(std::vector<stop>& all);
void add_udp(std::vector<stop>& all);
void add_waits(std::vector<stop>& all);

}  // namespace tour
