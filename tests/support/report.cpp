// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // what Catch2 v2 hides of itself otherwise
#include "support/report.hpp"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <strait/native.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

namespace support {
namespace {

#if defined(CATCH_VERSION_MAJOR) && CATCH_VERSION_MAJOR >= 3
using listener_base = Catch::EventListenerBase;
#else
using listener_base = Catch::TestEventListenerBase;
#endif

struct tally {
  std::string test;
  std::string skipped_because;
  std::vector<std::string> skips;
  std::vector<std::string> suspects;
  int looks_left = strait::on_windows ? 3 : 1;
  int passed = 0;
  int failed = 0;
  int leaking = 0;
};

tally& the_tally() {
  static tally all;
  return all;
}

// Counts the tests, and sees after which of them other handles are open than before.
struct witness : listener_base {
  using listener_base::listener_base;

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    the_tally().test = test.name;
    the_tally().skipped_because.clear();
    handles_before_ = count_open_handles();
  }

  void testCaseEnded(const Catch::TestCaseStats& test) override {
    auto& all = the_tally();
    if (test.totals.assertions.failed > 0) {
      ++all.failed;
    } else if (!handles_came_back()) {
      suspect();
    } else if (!all.skipped_because.empty()) {
      all.skips.push_back(all.test + ": " + all.skipped_because);
    } else {
      ++all.passed;
    }
  }

 private:
  // Some systems close things a moment after the last user let them go.
  [[nodiscard]] bool handles_came_back() const {
    return eventually([&] { return count_open_handles() == handles_before_; },
                      std::chrono::seconds{2});
  }

  void suspect() const {
    auto& all = the_tally();
    if (all.looks_left > 0) return all.suspects.push_back(all.test);
    ++all.failed;
    ++all.leaking;
    static_cast<void>(std::printf("LEAKED: %s: %zu handles open before, %zu after\n",
                                  all.test.c_str(), handles_before_, count_open_handles()));
  }

  std::size_t handles_before_ = 0;
};

}  // namespace

CATCH_REGISTER_LISTENER(witness)

void skip(std::string_view reason) {
  the_tally().skipped_because = reason;
}

std::vector<std::string> take_suspects() {
  --the_tally().looks_left;
  return std::exchange(the_tally().suspects, {});
}

int report(int catch_result) {
  const auto& all = the_tally();
  for (const auto& skipped : all.skips) {
    static_cast<void>(std::printf("SKIPPED: %s\n", skipped.c_str()));
  }
  static_cast<void>(std::printf("strait_tests: %d passed, %d failed, %zu skipped\n", all.passed,
                                all.failed, all.skips.size()));
  if (all.passed + all.failed == 0 && all.skips.empty()) return 2;  // no such test
  return catch_result == 0 && all.leaking > 0 ? 1 : catch_result;
}

}  // namespace support
