// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/report.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

namespace {

#if defined(CATCH_VERSION_MAJOR) && CATCH_VERSION_MAJOR >= 3
const std::vector<std::string> list_names{"--list-tests", "--verbosity", "quiet"};
#else
const std::vector<std::string> list_names{"--list-test-names-only"};
#endif

// A name as a test specification that matches it alone.
std::string exactly(std::string_view name) {
  std::string spec = "\"";
  for (const char c : name) {
    if (std::string_view{"\\,[]\"*"}.find(c) != std::string_view::npos) spec += '\\';
    spec += c;
  }
  return spec + '"';
}

int run_catch(const std::vector<std::string>& args) {
  std::vector<const char*> words{"strait_tests"};
  for (const auto& arg : args) words.push_back(arg.c_str());
  Catch::Session session;
  const int wrong = session.applyCommandLine(static_cast<int>(words.size()), words.data());
  if (wrong != 0) return wrong;
  int result = session.run();
  for (auto names = support::take_suspects(); !names.empty(); names = support::take_suspects()) {
    for (const auto& name : names) {
      auto again = session.configData();
      again.testsOrTags = {exactly(name)};
      session.useConfigData(again);
      result = std::max(result, session.run());
    }
  }
  return result;
}

// Lists the tests that match the specification: one name a line, for discover.cmake.
int list(std::vector<std::string> args) {
  args.insert(args.begin(), list_names.begin(), list_names.end());
  run_catch(args);
  return 0;
}

// Runtime directories for this run alone, of which nothing is left behind.
class own_names {
 public:
  own_names() {
    // Other users reach the second one, as they reach /tmp.
    std::filesystem::permissions(above_.path(), std::filesystem::perms{0755});
    support::set_environment_variable("STRAIT_RUNTIME_DIR", support::utf8(above_ / u8"user"));
    support::set_environment_variable("STRAIT_MACHINE_DIR", support::utf8(above_ / u8"machine"));
  }

 private:
  support::temp_directory above_;
};

int start(std::vector<std::string> args) {
  args.erase(args.begin());
  const std::string first = args.empty() ? std::string{} : args[0];
  const bool has_more = args.size() > 1;
  const auto rest = [&] { return std::vector(args.begin() + 1, args.end()); };
  if (first == "--role" && has_more) {
    return support::role::play(args[1], support::role_args{args}.subspan(2));
  }
  if (first == "--list-tests-for-ctest") return list(rest());
  if (first == "--exactly" && has_more) args = {exactly(args[1])};
  // A socket's path has room for little, and macOS's own temporary directory is long.
  support::set_environment_variable("TMPDIR", "/tmp");
  const own_names apart;
  return support::report(run_catch(args));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return start(support::arguments(argc, argv));
  } catch (const std::exception& why) {
    static_cast<void>(std::fprintf(stderr, "strait_tests: %s\n", why.what()));
    return 3;
  }
}
