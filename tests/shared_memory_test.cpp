// SPDX-License-Identifier: MIT
#include <strait/shared_memory.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::lifetime;
using strait::or_throw;
using strait::scope;
using strait::shared_memory;
using support::why;

namespace {

using options = shared_memory::options;

void write(const shared_memory& to, std::string_view text, std::size_t at = 0) {
  std::ranges::copy(strait::as_bytes(text),
                    to.writable_bytes().begin() + static_cast<std::ptrdiff_t>(at));
}

std::string read(const shared_memory& from, std::size_t size, std::size_t at = 0) {
  std::string text(size, '\0');
  std::memcpy(text.data(), &from.bytes()[at], size);
  return text;
}

bool is_zero(strait::const_bytes bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{}; });
}

/// Takes a persistent object away at the end of a test.
class kept {
 public:
  explicit kept(std::string name) : name_{std::move(name)} {}
  kept(const kept&) = delete;
  kept& operator=(const kept&) = delete;
  ~kept() { static_cast<void>(shared_memory::remove(name_, 0ms)); }

 private:
  std::string name_;
};

}  // namespace

TEST_CASE("what is written to shared memory is read by who opens it", "[memory]") {
  const auto name = support::unique_name();
  const auto made = or_throw(shared_memory::create(name, 1000));
  write(made, "hello");
  const auto seen = or_throw(shared_memory::open(name));

  CHECK(read(seen, 5) == "hello");
  write(seen, "there", 995);
  CHECK(read(made, 5, 995) == "there");
}

TEST_CASE("the size of shared memory is exact, and it is zero", "[memory]") {
  for (const std::size_t size : {1UL, 7UL, 4096UL, 4097UL, 100'001UL}) {
    const auto name = support::unique_name();
    const auto made = or_throw(shared_memory::create(name, size));
    const auto seen = or_throw(shared_memory::open(name));
    CHECK(made.size() == size);
    CHECK(seen.size() == size);
    CHECK(seen.writable_bytes().size() == size);
    CHECK(seen.bytes().size() == size);
    CHECK(seen.max_size() == size);
    CHECK(is_zero(seen.bytes()));
  }
}

TEST_CASE("shared memory begins at a page", "[memory]") {
  const auto made = or_throw(shared_memory::create(support::unique_name(), 1));
  const auto alone = or_throw(shared_memory::anonymous(1));

  CHECK(reinterpret_cast<std::uintptr_t>(made.writable_bytes().data()) % 4096 == 0);
  CHECK(reinterpret_cast<std::uintptr_t>(alone.writable_bytes().data()) % 4096 == 0);
}

TEST_CASE("shared memory is made once, and found only while it is there", "[memory]") {
  const auto name = support::unique_name();
  CHECK(why(shared_memory::open(name)) == condition::no_such_file_or_directory);
  {
    const auto made = or_throw(shared_memory::create(name, 10));
    CHECK(why(shared_memory::create(name, 10)) == condition::file_exists);
    const auto either = or_throw(shared_memory::open_or_create(name, 99));
    CHECK(either.size() == 10);
  }
  CHECK(why(shared_memory::open(name)) == condition::no_such_file_or_directory);
  CHECK(or_throw(shared_memory::open_or_create(name, 99)).size() == 99);
}

TEST_CASE("owned memory goes with its last user, whoever that is", "[memory]") {
  const auto name = support::unique_name();
  auto made = or_throw(shared_memory::create(name, 10));
  auto seen = or_throw(shared_memory::open(name));
  write(made, "x");
  REQUIRE(made.close());
  CHECK(read(seen, 1) == "x");
  {
    const auto again = or_throw(shared_memory::open(name));
    CHECK(again.life() == lifetime::owned);
    CHECK(read(again, 1) == "x");
  }
  REQUIRE(seen.close());
  CHECK(why(shared_memory::open(name)) == condition::no_such_file_or_directory);
  CHECK(or_throw(shared_memory::remove(name)) == false);
}

TEST_CASE("of users who leave in the same moment one removes the memory", "[memory]") {
  for (std::size_t i = 0; i < support::scaled(2000, 200); ++i) {
    const auto name = support::unique_name();
    auto one = or_throw(shared_memory::create(name, 10));
    auto two = or_throw(shared_memory::open(name));
    std::atomic<int> here = 0;
    const auto leave = [&here](shared_memory& memory) {
      ++here;
      while (here < 2) std::this_thread::yield();
      static_cast<void>(memory.close());
    };
    {
      const std::jthread other{[&] { leave(two); }};
      leave(one);
    }
    REQUIRE(or_throw(shared_memory::reclaim(name)) == false);
  }
}

TEST_CASE("persistent memory stays until it is removed", "[memory]") {
  const auto name = support::unique_name();
  const kept tidy{name};
  write(or_throw(shared_memory::create(name, 3000, {.life = lifetime::persistent})), "kept", 2000);
  {
    const auto seen = or_throw(shared_memory::open(name));
    CHECK(seen.life() == lifetime::persistent);
    CHECK(seen.size() == 3000);
    CHECK(read(seen, 4, 2000) == "kept");
    CHECK(why(shared_memory::create(name, 10)) == condition::file_exists);
    CHECK(why(shared_memory::remove(name)) == condition::device_or_resource_busy);
  }
  CHECK(or_throw(shared_memory::reclaim(name)) == false);
  CHECK(why(shared_memory::create(name, 10)) == condition::file_exists);
  CHECK(or_throw(shared_memory::remove(name)));
  CHECK(or_throw(shared_memory::remove(name)) == false);
  CHECK(why(shared_memory::open(name)) == condition::no_such_file_or_directory);
}

TEST_CASE("memory in use is neither removed nor reclaimed", "[memory]") {
  const auto name = support::unique_name();
  const auto made = or_throw(shared_memory::create(name, 10));

  CHECK(why(shared_memory::remove(name)) == condition::device_or_resource_busy);
  CHECK(or_throw(shared_memory::reclaim(name)) == false);
  CHECK(shared_memory::open(name));
}

TEST_CASE("memory opened to read shows what others write, and cannot be written", "[memory]") {
  const auto name = support::unique_name();
  const auto made = or_throw(shared_memory::create(name, 10));
  auto seen = or_throw(shared_memory::open(name, {.read_only = true}));
  write(made, "new");

  CHECK(seen.is_read_only());
  CHECK(seen.writable_bytes().empty());
  CHECK(read(seen, 3) == "new");
  CHECK(why(seen.grow(5)) == condition::operation_not_permitted);
}

TEST_CASE("memory grows in place for everyone", "[memory]") {
  const auto name = support::unique_name();
  auto made = or_throw(shared_memory::create(name, 100, {.max_size = 1'000'000}));
  const auto seen = or_throw(shared_memory::open(name, {.read_only = true}));
  const auto* const before = seen.bytes().data();
  write(made, "first");
  CHECK(seen.size() == 100);
  CHECK(seen.max_size() == 1'000'000);

  REQUIRE(made.grow(500'000));
  CHECK(made.size() == 500'000);
  CHECK(seen.size() == 500'000);
  CHECK(seen.bytes().data() == before);
  CHECK(is_zero(seen.bytes().subspan(100)));
  write(made, "last", 499'000);
  CHECK(read(seen, 4, 499'000) == "last");
  CHECK(read(seen, 5) == "first");
}

TEST_CASE("memory grows up to its limit, and never shrinks", "[memory]") {
  auto made = or_throw(shared_memory::anonymous(100, {.max_size = 10'000}));

  REQUIRE(made.grow(10'000));
  CHECK(made.grow(10));
  CHECK(made.size() == 10'000);
  CHECK(why(made.grow(10'001)) == condition::invalid_argument);
  auto fixed = or_throw(shared_memory::anonymous(100));
  CHECK(why(fixed.grow(101)) == condition::invalid_argument);
}

TEST_CASE("threads that grow memory at once all get what they asked for", "[memory]") {
  auto made = or_throw(shared_memory::anonymous(1, {.max_size = 1'000'000}));
  {
    std::vector<std::jthread> growers;
    for (std::size_t i = 1; i <= 4; ++i) {
      growers.emplace_back([&made, i] {
        for (std::size_t step = 1; step <= 50; ++step) {
          or_throw(made.grow(step * 4000 * i));
          if (made.size() < step * 4000 * i) std::abort();
        }
      });
    }
  }
  CHECK(made.size() == 800'000);
  CHECK(is_zero(made.bytes()));
}

TEST_CASE("anonymous memory is shared by its handle", "[memory]") {
  const auto made = or_throw(shared_memory::anonymous(5000, {.max_size = 9000}));
  write(made, "passed", 4000);
  auto copy = or_throw(strait::detail::duplicate(made.native()));
  const auto seen = or_throw(shared_memory::adopt(strait::handle::adopt(copy)));

  CHECK(seen.size() == 5000);
  CHECK(seen.max_size() == 9000);
  CHECK(read(seen, 6, 4000) == "passed");
  write(seen, "back");
  CHECK(read(made, 4) == "back");
}

TEST_CASE("who gets a handle to read cannot write", "[memory]") {
  const auto made = or_throw(shared_memory::anonymous(50));
  if (why(made.read_only_handle()) == condition::not_supported) {
    return support::skip("this system has no second handle to anonymous memory");
  }
  write(made, "look");

  CHECK(why(shared_memory::adopt(or_throw(made.read_only_handle()))) ==
        condition::permission_denied);
  const auto seen = or_throw(
      shared_memory::adopt(or_throw(made.read_only_handle()), {.read_only = true}));
  CHECK(read(seen, 4) == "look");
}

TEST_CASE("what is no memory of strait's is not adopted", "[memory]") {
  const support::temp_directory directory;
  const auto small = directory / u8"small";
  const auto large = directory / u8"large";
  support::make_file(small, "little");
  support::make_file(large, std::string(10'000, 'x'));

  CHECK_FALSE(shared_memory::adopt(support::open_file(support::utf8(small))));
  CHECK_FALSE(shared_memory::adopt(support::open_file(support::utf8(large))));
  CHECK_FALSE(shared_memory::adopt(support::stale_handle()));
}

TEST_CASE("only anonymous memory is sealed against those who would cut it", "[memory]") {
  const auto made = or_throw(shared_memory::anonymous(50));
  const auto can_seal = made.is_sealed();
  auto copy = or_throw(strait::detail::duplicate(made.native()));
  const auto seen = shared_memory::adopt(strait::handle::adopt(copy), {.sealed_only = true});

  CHECK(seen.has_value() == can_seal);
  CHECK((can_seal || why(seen) == condition::invalid_argument));
}

TEST_CASE("wishes are granted or not, and memory is made all the same", "[memory]") {
  const auto made = or_throw(shared_memory::create(
      support::unique_name(), 3'000'000, {.huge_pages = true, .prefault = true, .lock = true}));

  CHECK(made.granted().prefault);
  CHECK(is_zero(made.bytes()));
  const auto plain = or_throw(shared_memory::create(support::unique_name(), 10));
  CHECK_FALSE(plain.granted().huge_pages);
  CHECK_FALSE(plain.granted().prefault);
  CHECK_FALSE(plain.granted().lock);
}

TEST_CASE("memory of no size, of any size, or made to be read is refused", "[memory]") {
  const auto name = support::unique_name();
  CHECK(why(shared_memory::create(name, 0)) == condition::invalid_argument);
  CHECK(why(shared_memory::anonymous(0)) == condition::invalid_argument);
  CHECK(why(shared_memory::create(name, 10, {.read_only = true})) == condition::invalid_argument);
  CHECK(why(shared_memory::create(name, std::size_t(-1))) == condition::not_enough_memory);
  CHECK(why(shared_memory::create(name, 10, {.max_size = std::size_t(-1)})) ==
        condition::not_enough_memory);
  CHECK(why(shared_memory::open(name)) == condition::no_such_file_or_directory);
}

TEST_CASE("names of memory are checked, and told in what fails", "[memory]") {
  CHECK(why(shared_memory::create("Not A Name", 10)) == condition::invalid_argument);
  CHECK(why(shared_memory::create("a", 10, {.who = strait::access::everyone})) ==
        condition::invalid_argument);
  const auto name = support::unique_name();
  CHECK(why(shared_memory::open(name)).message().find(name) != std::string::npos);
}

TEST_CASE("memory with a long name is as good as any other", "[memory]") {
  const auto base = support::unique_name() + "." + std::string(150, 'x');
  const auto one = or_throw(shared_memory::create(base + "1", 10));
  const auto two = or_throw(shared_memory::create(base + "2", 20));

  CHECK(or_throw(shared_memory::open(base + "1")).size() == 10);
  CHECK(or_throw(shared_memory::open(base + "2")).size() == 20);
}

TEST_CASE("a user's memory is not the machine's", "[memory]") {
  const auto name = support::unique_name();
  const auto own = or_throw(shared_memory::create(name, 10));
  const auto all = or_throw(shared_memory::create({name, scope::machine}, 20));

  CHECK(or_throw(shared_memory::open(name)).size() == 10);
  CHECK(or_throw(shared_memory::open({name, scope::machine})).size() == 20);
}

TEST_CASE("memory is moved, and moved-from means closed", "[memory]") {
  auto made = or_throw(shared_memory::anonymous(10));
  auto moved = std::move(made);
  CHECK(moved.is_open());
  // NOLINTNEXTLINE(bugprone-use-after-move): that is what is tested
  CHECK_FALSE(made.is_open());
  CHECK(made.size() == 0);
  CHECK(made.writable_bytes().empty());
  CHECK(made.native() == strait::no_handle);
  CHECK(why(made.grow(5)) == condition::bad_file_descriptor);
  CHECK(why(made.read_only_handle()) == condition::bad_file_descriptor);
  CHECK(made.close());
  CHECK(moved.close());
  CHECK_FALSE(moved.is_open());
}

TEST_CASE("a stop that has come and no time at all end opening what is there or not", "[memory]") {
  const auto name = support::unique_name();
  std::stop_source source;
  source.request_stop();
  CHECK(why(shared_memory::create(name, 10, {.until = source.get_token()})) ==
        condition::operation_canceled);
  const auto made = or_throw(shared_memory::create(name, 10, {.until = 0ms}));
  CHECK(shared_memory::open(name, {.until = 0ms}));
}

TEST_CASE("memory by a native name is all of it the program's", "[memory]") {
  const auto word = support::unique_name();
  const strait::native_name native{strait::on_windows ? word : "/" + word};
  CHECK(why(shared_memory::open(native)) == condition::no_such_file_or_directory);
  const auto made = or_throw(shared_memory::create(native, 4096));
  CHECK(why(shared_memory::create(native, 4096)) == condition::file_exists);
  const auto seen = or_throw(shared_memory::open_or_create(native, 4096));
  write(made, "raw");
  CHECK(seen.size() == 4096);
  CHECK(read(seen, 3) == "raw");
  CHECK(why(shared_memory::reclaim(native)) == condition::invalid_argument);
  CHECK(shared_memory::remove(native));
}
