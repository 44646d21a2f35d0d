// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <unistd.h>
#include <system_error>

#include "support/system.hpp"

namespace support {
namespace {

void write_to(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0) throw std::system_error{errno, std::generic_category(), "write"};
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void write_output(std::string_view text) {
  write_to(STDOUT_FILENO, text);
}

void write_errors(std::string_view text) {
  write_to(STDERR_FILENO, text);
}

std::string read_input(std::size_t most) {
  std::string text(most, '\0');
  const auto read = ::read(STDIN_FILENO, text.data(), most);
  if (read < 0) throw std::system_error{errno, std::generic_category(), "read"};
  text.resize(static_cast<std::size_t>(read));
  return text;
}

std::string read_input() {
  std::string all;
  for (std::string some = read_input(65'536); !some.empty(); some = read_input(65'536)) all += some;
  return all;
}

bool input_is_blocking() {
  const int flags = ::fcntl(STDIN_FILENO, F_GETFL);
  return flags != -1 && (flags & O_NONBLOCK) == 0;
}

void close_output() {
  static_cast<void>(::close(STDOUT_FILENO));
}

}  // namespace support
