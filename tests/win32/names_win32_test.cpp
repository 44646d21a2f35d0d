// SPDX-License-Identifier: MIT
// The runtime directory on Windows: whom it must belong to, and who may use it.
#include "support/win32/win32.hpp"

#include <strait/lease.hpp>

#include <filesystem>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::lease;
using strait::scope;
using support::why;
namespace fs = std::filesystem;

namespace {

// A runtime directory that does not exist yet.
struct fresh_directory {
  support::temp_directory above;
  fs::path path = above / u8"run";
  support::variable_for_a_while named;

  explicit fresh_directory(const std::string& variable = "STRAIT_RUNTIME_DIR")
      : named{variable, path.string()} {}

  // Makes it with rights that are said in SDDL.
  void make(const wchar_t* rights) const {
    support::security who{rights};
    support::require(::CreateDirectoryW(path.c_str(), &who.attributes), "CreateDirectoryW");
  }
};

}  // namespace

TEST_CASE("a runtime directory is made for its owner alone", "[name][win32]") {
  const fresh_directory directory;
  REQUIRE(lease::acquire("x", 0ms));
  CHECK(lease::acquire("x", 0ms));  // it passes its own check
}

TEST_CASE("a runtime directory that others may use is refused", "[name][win32]") {
  for (const auto* rights : {L"D:P(A;;FA;;;OW)(A;;FA;;;WD)", L"D:P(A;;FA;;;OW)(A;;FR;;;WD)"}) {
    const fresh_directory directory;
    directory.make(rights);
    const auto refused = why(lease::acquire("x", 0ms));
    CHECK(refused == condition::permission_denied);
    CHECK(std::string_view{refused.hint}.find("others") != std::string_view::npos);
  }
}

TEST_CASE("a machine directory from which others may remove files is refused", "[name][win32]") {
  if (support::under_wine()) return support::skip("Wine: a umask takes the right to remove away");
  const fresh_directory directory{"STRAIT_MACHINE_DIR"};
  directory.make(L"D:P(A;;FA;;;OW)(A;;FA;;;WD)");
  CHECK(why(lease::acquire({"x", scope::machine}, 0ms)) == condition::permission_denied);
}
