// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <algorithm>
#include <cstdlib>

#include "../given.hpp"

extern "C" char** environ;  // NOLINT: POSIX declares it nowhere

namespace strait {
namespace posix {
namespace {

void take_away(std::vector<std::string>& from, std::string_view name) {
  std::erase_if(from, [&](const std::string& entry) {
    return entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=';
  });
}

void set(std::vector<std::string>& in, std::string_view name, std::string_view value) {
  take_away(in, name);
  in.push_back(std::string{name} + "=" + std::string{value});
}

}  // namespace

std::vector<std::string> make_environment(const command& c, const std::string& given) {
  std::vector<std::string> made;
  if (c.inherit_environment) {
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      made.emplace_back(*entry);
    }
  }
  for (const auto& change : c.environment) {
    if (change.value) {
      set(made, change.name, *change.value);
    } else {
      take_away(made, change.name);
    }
  }
  // What this process was given is not for its children.
  take_away(made, detail::given_variable);
  if (!given.empty()) set(made, detail::given_variable, given);
  return made;
}

}  // namespace posix

std::string detail::given_list() {
  static_assert(given_variable == "STRAIT_GIVEN");
  const char* const list = std::getenv("STRAIT_GIVEN");
  return list != nullptr ? list : "";
}

}  // namespace strait
