// SPDX-License-Identifier: MIT
#include <unistd.h>
#include <cstdlib>

#include "../naming.hpp"
#include "../runtime_directory.hpp"
#include "../segment.hpp"
#include "../try.hpp"
#include "shared_object.hpp"

namespace strait::detail {
namespace {

/// Whose names these are. Those who share a runtime directory share them, and no others.
std::string user_part(uid_t us, scope where) {
  const bool is_own = where == scope::user;
  auto user = is_own ? std::to_string(us) : std::string{"machine"};
  const char* const directory = std::getenv(is_own ? "STRAIT_RUNTIME_DIR" : "STRAIT_MACHINE_DIR");
  if (directory == nullptr || *directory == '\0') return user;
  return user + "~" + digest(directory).substr(0, 8);
}

std::string object_name(uid_t us, scope where, std::string_view text, std::string_view kind) {
  return shared_object_name(user_part(us, where), text, kind, posix::longest_object_name());
}

}  // namespace

result<segment_name> segment_name_of(const name& n, std::string_view kind, access who) {
  STRAIT_CHECK(n.check());
  STRAIT_CHECK(check_reach(n, who));
  if (n.is_native()) return segment_name{.object = n.text(), .file = {}, .is_native = true};
  const auto us = ::geteuid();
  segment_name found{.object = object_name(us, n.where(), n.text(), kind), .file = {}, .user = us};
  if (!posix::has_object_locks()) {
    STRAIT_TRY(auto beside, place_of(n, kind, who));
    found.file = std::move(beside.path);
  }
  return found;
}

std::vector<segment_name> listed_segments(scope where, std::string_view kind) {
  std::vector<segment_name> found;
  const auto ending = "." + std::string{kind};
  const auto us = ::geteuid();
  for (auto& name : posix::objects_called("/strait-" + user_part(us, where) + ".")) {
    if (name.ends_with(ending)) {
      found.push_back({.object = std::move(name), .file = {}, .user = us});
    }
  }
  return found;
}

segment_name segment_beside(scope where, std::string_view file, std::string_view text,
                            std::string_view kind) {
  const auto us = ::geteuid();
  return {.object = object_name(us, where, text, kind), .file = std::string{file}, .user = us};
}

}  // namespace strait::detail
