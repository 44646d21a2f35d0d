// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include <strait/process.hpp>

namespace support {

/// A host: a process with a network of its own, which does what it is told, and answers each line
/// with another one.
///
/// "ip ADDR...", "open SOCKET HOPS" (or open6, open-silent), "join SOCKET GROUP SOURCE
/// INTERFACE..." (or leave; - is no source), "send SOCKET GROUP TEXT INTERFACE...", "forward SOURCE
/// GROUP FROM TO" are answered "ok" or with what went wrong; "hear SOCKET" with the text and who
/// sent it; "quiet SOCKET" with "ok" if nothing comes.
class host {
 public:
  host();

  /// False if it may not have a network of its own.
  [[nodiscard]] bool is_here() const noexcept { return is_here_; }
  [[nodiscard]] std::uint32_t id() const noexcept { return child_.id(); }

  std::string operator()(const std::string& line);

 private:
  std::string answer();

  strait::child child_;
  bool is_here_ = false;
};

// In a network that this process is alone in. False where it may not, or cannot.

[[nodiscard]] bool make_bridge(int network);

/// Its number N becomes 10.0.NETWORK.N and fd00:NETWORK::N, on the interface eth NETWORK.
[[nodiscard]] bool connect(host& to, int network, int number);

}  // namespace support
