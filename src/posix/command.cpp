// SPDX-License-Identifier: MIT
#include "../command.hpp"

#include <fcntl.h>
#include <paths.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>

#include "compat.hpp"
#include "posix.hpp"

namespace strait {
namespace {

result<std::string> current_directory() {
  std::string path(256, '\0');
  while (::getcwd(path.data(), path.size()) == nullptr) {
    if (errno != ERANGE) return fail(posix::last_error("ask current directory"));
    path.resize(path.size() * 2);
  }
  path.resize(path.find('\0'));
  return path;
}

/// A child that starts elsewhere needs a path that holds from there.
result<std::string> absolute(std::string path, const command& c) {
  if (c.directory.empty() || path.starts_with('/')) return path;
  STRAIT_TRY(const auto here, current_directory());
  return here + "/" + path;
}

bool is_file(const std::string& path) noexcept {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

result<std::string> search_path(const std::string& name, std::string_view path) {
  auto why = condition::no_such_file_or_directory;
  while (!path.empty()) {
    const auto folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(path.size(), folder.size() + 1));
    if (folder.empty()) continue;  // would mean the current directory, whatever lies there
    auto candidate = std::string{folder} + "/" + name;
    if (!is_file(candidate)) continue;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    why = condition::permission_denied;
  }
  return fail(posix::make_error(detail::starting, static_cast<int>(why), name));
}

result<handle> open(const char* path, int flags) {
  constexpr mode_t owner_only = S_IRUSR | S_IWUSR;
  auto fd = posix::retry("open file", [&] { return ::open(path, flags | O_CLOEXEC, owner_only); });
  if (!fd) {
    fd.error().subject = std::string_view{path};
    return fail(fd.error());
  }
  return handle::adopt(*fd);
}

}  // namespace

namespace detail {

result<std::string> find_program(const command& c) {
  if (c.program.find('/') != std::string::npos) return absolute(c.program, c);
  const char* const path = std::getenv("PATH");
  STRAIT_TRY(auto found, search_path(c.program, path != nullptr ? path : _PATH_DEFPATH));
  return absolute(std::move(found), c);
}

result<handle> duplicate_standard(std::size_t index) {
  const int fd = ::fcntl(static_cast<int>(index), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (fd != -1) return handle::adopt(fd);
  if (errno == EBADF) return open_null();  // closed here: the child gets something harmless
  return fail(posix::last_error("pass on standard handle"));
}

result<handle> open_null() {
  return open("/dev/null", O_RDWR);
}

result<handle> open_file(const std::string& path, file_use use) {
  switch (use) {
    case file_use::read: return open(path.c_str(), O_RDONLY);
    case file_use::write: return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
    case file_use::append: break;
  }
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND);
}

result<handle> duplicate_plain(const handle& h) {
  posix::set_nosigpipe(h.get(), false);  // an ordinary program expects the signal
  return h.duplicate();
}

result<plain_pipe> make_standard_pipe(bool /*child_reads*/) {
  return plain_pipe::create();
}

}  // namespace detail

result<std::string> program_path() {
  auto path = posix::running_program();
  if (path.empty()) return fail(condition::not_supported, "ask for the running program");
  return path;
}

}  // namespace strait
