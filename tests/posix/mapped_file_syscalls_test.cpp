// SPDX-License-Identifier: MIT
// Which system calls a mapped file makes, and what it does where they are refused.
#include <strait/mapped_file.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <strait/mirrored_memory.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/mapped.hpp"
#include "support/posix/strace.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using strait::condition;
using strait::durability;
using strait::map_mode;
using strait::mapped_file;
using strait::or_throw;
using support::exit_code;
using support::place_for_file;
using support::why;
using names = std::vector<std::string>;

namespace {

constexpr auto writes = map_mode::read_write;

// Does one thing between two marks.
const support::role does{"mapped.does", [](support::role_args args) {
  const auto& what = args[0];
  mapped_file file;
  if (what != "open") file = or_throw(mapped_file::open(args[1], {.mode = writes}));
  std::array<std::byte, 4> some{};
  support::strace::mark();
  if (what == "open") file = or_throw(mapped_file::open(args[1], {.mode = writes}));
  if (what == "flush") or_throw(file.flush());
  if (what == "flush fully") or_throw(file.flush(durability::full));
  if (what == "read") static_cast<void>(or_throw(file.read_at(0, some)));
  if (what == "write") static_cast<void>(or_throw(file.write_at(0, some)));
  support::strace::mark();
  return 0;
}};

const support::role makes_where_nothing_can_be_reserved{"mapped.makes",
                                                        [](support::role_args args) {
  const auto refused = why(mapped_file::create(args[0], 10'000));
  if (refused != condition::not_supported) return 1;
  if (std::string_view{refused.hint}.find("sparse") == std::string_view::npos) return 2;
  if (std::filesystem::exists(args[0])) return 3;
  auto file = or_throw(mapped_file::create(args[0], 10'000, {.sparse = true}));
  return file.resize(20'000) && file.size() == 20'000 ? 0 : 4;
}};

// For systems that have no call for it.
const support::role prefaults{"mapped.prefaults", [](support::role_args args) {
  const auto file = or_throw(mapped_file::open(args[0]));
  if (!file.prefault(file.bytes()) || !file.prefault(file.bytes().last(1))) return 1;
  std::filesystem::resize_file(args[0], 1);
  return why(file.prefault(file.bytes())) == condition::bad_address ? 0 : 2;
}};

const support::role makes_memory{"mirrored.makes", [](support::role_args) {
  return why(strait::mirrored_memory::create(1)) == condition::no_space_on_device ? 0 : 1;
}};

}  // namespace

TEST_CASE("mapping a file costs little over the system calls", "[mapped_file][posix]") {
  const support::strace strace;
  if (!strace) return support::skip(strace.why_not());
  if (support::runs_under_sanitizer()) return support::skip("sanitizers make calls of their own");
  const place_for_file at{"0123456789"};
  const auto calls_of = [&](const std::string& what) {
    CHECK(support::outcome_of(strace.counting(does.command({what, at.path()}))) == exit_code(0));
    return strace.calls();
  };

  CHECK(calls_of("open").size() == 4);  // stat, open, fstat, mmap
  CHECK(calls_of("flush") == names{"msync"});
  CHECK(calls_of("flush fully") == names{"msync", "fsync"});
  CHECK(calls_of("read") == names{"pread64"});
  CHECK(calls_of("write") == names{"pwrite64"});
}

TEST_CASE("where no space can be reserved only a sparse file is made", "[mapped_file][posix]") {
  const support::strace strace;
  if (!strace) return support::skip(strace.why_not());
  const place_for_file at;
  const auto c = makes_where_nothing_can_be_reserved.command({at.path()});

  CHECK(support::outcome_of(strace.refusing("fallocate", "EOPNOTSUPP", c)) == exit_code(0));
}

TEST_CASE("a file comes into memory also where the system has no call for that",
          "[mapped_file][posix]") {
  const support::strace strace;
  if (!strace) return support::skip(strace.why_not());
  const place_for_file at{std::string(100'000, 'x')};

  CHECK(support::outcome_of(strace.refusing("madvise", "EINVAL", prefaults.command({at.path()}))) ==
        exit_code(0));
}

TEST_CASE("mirrored memory for which there is no room is not made", "[mirrored][posix]") {
  const support::strace strace;
  if (!strace) return support::skip(strace.why_not());

  CHECK(support::outcome_of(strace.refusing("fallocate", "ENOSPC", makes_memory.command())) ==
        exit_code(0));
}
