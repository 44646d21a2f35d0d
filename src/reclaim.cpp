// SPDX-License-Identifier: MIT
#include <strait/reclaim.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lock_file.hpp"
#include "runtime_directory.hpp"
#include "segment.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto operation = "reclaim what dead processes left";

constexpr std::string_view memory = "memory";

/// Removes a segment, if whoever used it is dead.
bool reclaim_segment(detail::segment_name name) {
  const detail::segment_wish wish{.name = std::move(name),
                                  .facts = {.operation = operation, .name = {}, .what = {}}};
  const auto removed = detail::segment::remove(wish, true, std::chrono::milliseconds{0});
  return removed && *removed;
}

/// What stands beside its lock: the thing itself, and what it was before it had its name.
void remove_what_is_locked(const std::string& lock) {
  constexpr std::string_view ending = ".lock";
  if (!lock.ends_with(ending)) return;
  const auto thing = lock.substr(0, lock.size() - ending.size());
  const std::array all{thing, thing + ".new", thing.substr(0, thing.size() - 1) + "~"};
  for (const auto& path : all) {
    std::error_code is_not_there;
    std::filesystem::remove(std::u8string{path.begin(), path.end()}, is_not_there);
  }
}

/// Removes a lock that a dead process had, and what it had locked.
bool reclaim_lock(const std::string& path, std::string_view name) {
  // Who claims it is alone, and lets go of it in the way that takes it away.
  const detail::place where{.path = path, .name = std::string{name}};
  const auto claimed = detail::lock_file::claim(operation, where, access::owner);
  if (claimed) remove_what_is_locked(path);
  return claimed.has_value();
}

bool is_lock(std::string_view file) noexcept {
  constexpr std::array<std::string_view, 3> endings{".lock", ".lease", ".live"};
  return std::ranges::any_of(endings, [=](auto ending) { return file.ends_with(ending); });
}

std::vector<std::string> files_in(const std::string& directory, std::string_view prefix) {
  std::vector<std::string> found;
  std::error_code why;
  std::filesystem::directory_iterator at{std::u8string{directory.begin(), directory.end()}, why};
  while (!why && at != std::filesystem::directory_iterator{}) {
    const auto text = at->path().filename().u8string();
    std::string file{text.begin(), text.end()};
    if (file.starts_with(prefix)) found.push_back(std::move(file));
    at.increment(why);
  }
  return found;
}

bool reclaim_file(scope where, const std::string& path, std::string_view file) {
  // A lock that was being made: with its name, all that are left of it go.
  if (const auto aside = path.rfind('~');
      aside != std::string::npos && is_lock(path.substr(0, aside))) {
    return reclaim_lock(path.substr(0, aside), file);
  }
  if (is_lock(file)) return reclaim_lock(path, file);
  const auto ending = file.size() - std::min(file.size(), memory.size() + 1);
  if (!file.substr(ending).ends_with(memory)) return false;
  return reclaim_segment(detail::segment_beside(where, path, file.substr(0, ending), memory));
}

result<std::size_t> reclaim(scope where) {
  STRAIT_TRY(const auto directory, detail::runtime_directory(where));
  STRAIT_TRY(const auto prefix, detail::name_prefix(where));
  std::size_t count = 0;
  for (const auto& file : files_in(directory, prefix)) {
    auto path = directory;
    path.append(1, on_windows ? '\\' : '/').append(file);
    if (reclaim_file(where, path, std::string_view{file}.substr(prefix.size()))) ++count;
  }
  for (auto& name : detail::listed_segments(where, memory)) {
    if (reclaim_segment(std::move(name))) ++count;
  }
  return count;
}

}  // namespace

result<std::size_t> reclaim_all() {
  STRAIT_TRY(const auto own, reclaim(scope::user));
  STRAIT_TRY(const auto shared, reclaim(scope::machine));
  return own + shared;
}

}  // namespace strait
