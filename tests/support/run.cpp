// SPDX-License-Identifier: MIT
#include "support/run.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "support/system.hpp"

namespace support {

std::size_t scaled(std::size_t full, std::size_t least) {
  const auto wish = environment_variable("STRAIT_TEST_SCALE");
  const double scale = wish ? std::stod(*wish) : 0.05;
  return std::max(static_cast<std::size_t>(static_cast<double>(full) * scale), least);
}

bool runs_under_sanitizer() noexcept {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||
         __has_feature(memory_sanitizer);
#else
  return false;
#endif
}

std::string unique_name() {
  std::random_device dice;
  const auto number = (std::uint64_t{dice()} << 32U) | dice();
  return "strait-test-" + std::to_string(number);
}

temp_directory::temp_directory(std::u8string_view ending)
    : path_{std::filesystem::temp_directory_path() / unique_name()} {
  path_ += std::filesystem::path{ending};
  std::filesystem::create_directories(path_);
}

temp_directory::~temp_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string utf8(const std::filesystem::path& path) {
  return chars(path.u8string());
}

std::string chars(std::u8string_view text) {
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void make_file(const std::filesystem::path& file, std::string_view content) {
  std::ofstream{file, std::ios::binary} << content;
}

bool eventually(const std::function<bool()>& holds, const strait::deadline& until) {
  while (!holds()) {
    if (until.has_passed()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace support
