// SPDX-License-Identifier: MIT
#include "../runtime_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>

#include <fmt/format.h>

#include "compat.hpp"
#include "posix.hpp"

namespace strait::detail {
namespace {

constexpr auto operation = "use runtime directory";
constexpr mode_t all_bits = 07777;

result<std::string> chosen_by(const char* variable, std::string otherwise) {
  const char* const value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return otherwise;
  if (*value != '/') {
    return fail(condition::invalid_argument, operation, value,
                "the environment names a directory by a path that does not begin with /");
  }
  return std::string{value};
}

/// Opens the directory itself, whatever happens to its name from now on.
result<handle> open_directory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd != -1) return handle::adopt(fd);
  auto why = posix::last_error(operation, path);
  // ELOOP or ENOTDIR, depending on the system, and EMLINK on FreeBSD: there stands something else.
  if (why.native == ELOOP || why.native == EMLINK) why.condition = condition::not_a_directory;
  if (why == condition::not_a_directory) why.hint = "a directory itself is needed, no link to one";
  return fail(why);
}

struct demand {
  mode_t mode;
  bool owned_by_us;
};

/// Makes the directory unless it is there. Only who made it sets the mode that the umask denied.
result<> make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), 0700) == -1) {
    if (errno == EEXIST) return {};
    return fail(posix::last_error(operation, path));
  }
  STRAIT_TRY(const auto made, open_directory(path));
  STRAIT_CHECK(posix::retry(operation, [&] { return ::fchmod(made.get(), mode); }));
  return {};
}

result<> check_directory(const std::string& path, const demand& wanted) {
  STRAIT_TRY(const auto found, open_directory(path));
  struct stat facts{};
  STRAIT_CHECK(posix::retry(operation, [&] { return ::fstat(found.get(), &facts); }));
  if (wanted.owned_by_us && facts.st_uid != ::geteuid()) {
    return fail(condition::permission_denied, operation, path, "it belongs to another user");
  }
  // One that was made this moment may not have its mode yet: then it is tighter, never wider.
  if ((facts.st_mode & all_bits & ~wanted.mode) != 0) {
    return fail(condition::permission_denied, operation, path,
                "others have access to it: its mode must be 0700");
  }
  const bool is_shared = (facts.st_mode & 022U) != 0;
  if (is_shared && (facts.st_mode & S_ISVTX) == 0) {
    return fail(condition::permission_denied, operation, path,
                "others may remove what is in it: its mode must be 1777");
  }
  return {};
}

}  // namespace

result<std::string> runtime_directory(scope where) {
  const bool is_own = where == scope::user;
  auto usual = is_own ? posix::user_temp_directory() + fmt::format("strait-{}", ::geteuid())
                      : std::string{"/tmp/strait"};
  STRAIT_TRY(auto path,
             chosen_by(is_own ? "STRAIT_RUNTIME_DIR" : "STRAIT_MACHINE_DIR", std::move(usual)));
  const demand wanted{.mode = is_own ? mode_t{0700} : mode_t{01777}, .owned_by_us = is_own};
  STRAIT_CHECK(make_directory(path, wanted.mode));
  STRAIT_CHECK(check_directory(path, wanted));
  return path;
}

result<std::string> name_prefix(scope /*where*/) {
  return std::string{};
}

}  // namespace strait::detail
