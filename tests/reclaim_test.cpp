// SPDX-License-Identifier: MIT
#include <strait/reclaim.hpp>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <strait/fifo.hpp>
#include <strait/lease.hpp>
#include <strait/local_stream.hpp>
#include <strait/pipe.hpp>
#include <strait/shared_memory.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::condition;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

// One of everything that has a name.
struct household {
  explicit household(const std::string& name)
      : lease{or_throw(strait::lease::acquire(name, soon))},
        fifo{or_throw(strait::fifo_reader::create(name))},
        listener{or_throw(strait::local_listener::create(name))},
        memory{or_throw(strait::shared_memory::create(name, 100))},
        shared{or_throw(strait::shared_memory::create({name, strait::scope::machine}, 100))} {}

  strait::lease lease;
  strait::fifo_reader fifo;
  strait::local_listener listener;
  strait::shared_memory memory;
  strait::shared_memory shared;
};

// Makes it all under the name it is told, and is killed at the step it is told, or in the end.
const support::role victim{"reclaim-victim", [](support::role_args args) {
  support::kill_at(std::stoul(args[1]));
  const household all{args[0]};
  support::kill_this_process();
  return 0;
}};

std::vector<std::string> names_in(const std::filesystem::path& directory, const std::string& part) {
  std::vector<std::string> found;
  std::error_code is_not_there;
  for (const auto& entry : std::filesystem::directory_iterator{directory, is_not_there}) {
    auto name = support::utf8(entry.path().filename());
    if (name.find(part) != std::string::npos) found.push_back(std::move(name));
  }
  return found;
}

// Whatever a name stands in: this run has runtime directories of its own.
std::vector<std::string> traces_of(const std::string& name) {
  auto all = names_in("/dev/shm", name);
  for (const auto* const variable : {"STRAIT_RUNTIME_DIR", "STRAIT_MACHINE_DIR"}) {
    const auto directory = support::environment_variable(variable).value_or("");
    const auto more = names_in(std::u8string{directory.begin(), directory.end()}, name);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace

TEST_CASE("what a killed process had is reclaimed, all of it", "[reclaim]") {
  const auto name = support::unique_name();
  CHECK(support::outcome_of(victim.command({name, "0"})) == support::killed_hard());
  CHECK_FALSE(traces_of(name).empty());

  CHECK(or_throw(strait::reclaim_all()) > 0);
  CHECK(traces_of(name).empty());
  CHECK(or_throw(strait::reclaim_all()) == 0);
  const household again{name};
}

TEST_CASE("what the living have is never reclaimed", "[reclaim]") {
  const auto name = support::unique_name();
  const household ours{name};
  const auto before = traces_of(name);
  static_cast<void>(or_throw(strait::reclaim_all()));

  CHECK(traces_of(name) == before);
  CHECK(or_throw(strait::lease::holder(name)));
  CHECK(strait::shared_memory::open(name));
  CHECK(strait::shared_memory::open({name, strait::scope::machine}));
  CHECK(strait::local_stream::connect(name, soon));
  CHECK(why(strait::fifo_reader::create(name)) == condition::address_in_use);
}

TEST_CASE("what is persistent is never reclaimed", "[reclaim]") {
  const auto name = support::unique_name();
  or_throw(strait::shared_memory::create(name, 10, {.life = strait::lifetime::persistent}));
  static_cast<void>(or_throw(strait::reclaim_all()));

  CHECK(strait::shared_memory::open(name));
  CHECK(or_throw(strait::shared_memory::remove(name)));
}

TEST_CASE("wherever processes are killed, reclaim_all leaves nothing of them", "[reclaim]") {
  const auto steps = support::count_steps([] { const household all{support::unique_name()}; });
  REQUIRE(steps > 10);
  std::mt19937 dice{11};  // NOLINT(bugprone-random-generator-seed): the same steps each time
  std::vector<std::string> names;
  for (std::size_t i = 0; i < support::scaled(100, 5); ++i) {
    names.push_back(support::unique_name());
    const auto step = std::to_string(1 + (dice() % steps));
    INFO(step);
    CHECK(support::outcome_of(victim.command({names.back(), step})) == support::killed_hard());
  }
  static_cast<void>(or_throw(strait::reclaim_all()));
  for (const auto& name : names) CHECK(traces_of(name).empty());
  CHECK(or_throw(strait::reclaim_all()) == 0);
}
