// SPDX-License-Identifier: MIT
#include "../process_start.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "../posix.hpp"

namespace strait::posix {
namespace {

constexpr auto operation = "ask when a process started";

/// The text behind the `count`-th space.
std::string_view after_spaces(std::string_view text, int count) noexcept {
  for (; count > 0 && !text.empty(); --count) {
    text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
  }
  return text;
}

}  // namespace

result<std::uint64_t> start_of(pid_t pid) {
  const auto path = fmt::format("/proc/{}/stat", pid);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd == -1) return fail(make_error(operation, errno == ENOENT ? ESRCH : errno));
  const auto file = handle::adopt(fd);
  std::array<char, 1024> buffer;
  STRAIT_TRY(const auto size,
             retry(operation, [&] { return ::read(fd, buffer.data(), buffer.size()); }));

  // proc(5): the second field is the program's name in parentheses, which may hold anything; the
  // 22nd is what we want, 20 spaces behind it.
  std::string_view text{buffer.data(), static_cast<std::size_t>(size)};
  text.remove_prefix(std::min(text.rfind(')'), text.size()));
  text = after_spaces(text, 20);
  std::uint64_t start = 0;
  std::from_chars(text.data(), text.data() + text.size(), start);
  if (start == 0) return fail(make_error(operation, ESRCH));
  return start;
}

}  // namespace strait::posix
