// SPDX-License-Identifier: MIT
#include "support/posix/strace.hpp"

#include <unistd.h>
#include <fstream>
#include <utility>

#include "support/role.hpp"

namespace support {
namespace {

constexpr const char* landmark = "/strait-test-landmark";

}  // namespace

strace::strace() {
  if (runs_under_sanitizer()) {
    why_not_ = "a sanitizer makes system calls of its own";
    return;
  }
  const auto tried = strait::run({.program = "strace", .args = {"-o", "/dev/null", "true"}}, {},
                                 soon);
  if (!tried) {
    why_not_ = "strace: " + tried.error().message();
  } else if (!tried->status.success()) {
    why_not_ = "strace cannot trace here";
  }
}

strait::command strace::under(std::vector<std::string> options, const strait::command& c) const {
  auto traced = c;
  traced.program = "strace";
  traced.args = std::move(options);
  traced.args.insert(traced.args.end(), {"-o", utf8(directory_ / u8"calls"), c.program});
  traced.args.insert(traced.args.end(), c.args.begin(), c.args.end());
  return traced;
}

strait::command strace::counting(const strait::command& c) const {
  return under({}, c);
}

strait::command strace::refusing(const std::string& names, const std::string& error,
                                 const strait::command& c) const {
  return under({"-e", "inject=" + names + ":error=" + error}, c);
}

strait::command strace::refusing_flags(const strait::command& c) const {
  return refusing("preadv2,pwritev2", "EOPNOTSUPP", c);
}

std::vector<std::string> strace::calls() const {
  std::vector<std::string> names;
  bool counts = false;
  std::ifstream lines{directory_ / u8"calls"};
  for (std::string line; std::getline(lines, line);) {
    if (line.find(landmark) != std::string::npos) {
      counts = !counts;
    } else if (counts && line.find('(') != std::string::npos) {
      names.push_back(line.substr(0, line.find('(')));
    }
  }
  return names;
}

void strace::mark() noexcept {
  static_cast<void>(::access(landmark, F_OK));
}

}  // namespace support
