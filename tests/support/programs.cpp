// SPDX-License-Identifier: MIT
#include "support/programs.hpp"

#include <utility>

#include <strait/throw.hpp>

#include "support/run.hpp"
#include "support/system.hpp"

namespace support {

std::filesystem::path path_of(std::string_view utf8) {
  return {std::u8string{reinterpret_cast<const char8_t*>(utf8.data()), utf8.size()}};
}

program_copy::program_copy(const std::filesystem::path& directory, std::u8string_view name) {
  const auto original = path_of(strait::or_throw(strait::program_path()));
  path_ = directory / name;
  path_ += original.extension();
  std::filesystem::copy_file(original, path_);
  // Libraries that stand beside the program are looked for there.
  for (const auto& entry : std::filesystem::directory_iterator{original.parent_path()}) {
    if (entry.path().extension() != ".dll") continue;
    std::filesystem::copy_file(entry.path(), directory / entry.path().filename());
  }
}

variable_for_a_while::variable_for_a_while(std::string name, const std::string& value)
    : name_{std::move(name)}, before_{environment_variable(name_)} {
  set_environment_variable(name_, value);
}

variable_for_a_while::~variable_for_a_while() {
  if (before_) {
    set_environment_variable(name_, *before_);
  } else {
    remove_environment_variable(name_);
  }
}

path_for_a_while::path_for_a_while(const std::filesystem::path& first)
    : variable_for_a_while{"PATH", utf8(first) + std::string{path_separator()} +
                                       environment_variable("PATH").value_or("")} {}

std::vector<strait::variable> what_programs_need() {
  std::vector<strait::variable> all;
  // Windows finds its own libraries by SystemRoot; sanitizers and Wine are told by theirs what
  // to do, and ld.so where a shared build of the library is.
  for (const char* name : {"SystemRoot", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                           "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}) {
    if (auto value = environment_variable(name)) {
      all.push_back({.name = name, .value = std::move(value)});
    }
  }
  return all;
}

}  // namespace support
