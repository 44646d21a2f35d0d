// SPDX-License-Identifier: MIT
#include <strait/name.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "../src/naming.hpp"
#include "../src/runtime_directory.hpp"
#include "support/catch.hpp"
#include "support/programs.hpp"
#include "support/run.hpp"

using strait::condition;
using strait::name;
using strait::native_name;
using strait::scope;
using support::why;
namespace detail = strait::detail;

namespace {

constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789._-";
constexpr std::size_t letters_and_digits = 36;
constexpr std::size_t runs = 10'000;

class dice {
 public:
  std::size_t below(std::size_t end) { return random_() % end; }

  std::string legal_name(std::size_t size) {
    std::string text(1, allowed[below(letters_and_digits)]);
    while (text.size() < size) text += allowed[below(allowed.size())];
    return text;
  }
  std::string legal_name() { return legal_name(1 + below(name::max_size)); }

 private:
  std::mt19937 random_{20'261'121};
};

bool is_legal(std::string_view text) {
  return !text.empty() && text.size() <= name::max_size &&
         allowed.substr(0, letters_and_digits).find(text[0]) != std::string_view::npos &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

TEST_CASE("a name may have every character that all systems tell apart", "[name]") {
  CHECK(name{"a"}.check());
  CHECK(name{"0"}.check());
  CHECK(name{"editor.main_window-2"}.check());
  CHECK(name{std::string(200, 'x')}.check());
}

TEST_CASE("a name that is refused says which character or which limit it was", "[name]") {
  const auto hint_for = [](std::string_view text) {
    const auto refused = why(name{text}.check());
    CHECK(refused == condition::invalid_argument);
    return std::string{refused.hint};
  };

  CHECK(hint_for("") == "a name has at least one character");
  CHECK(hint_for(std::string(201, 'x')) == "a name has at most 200 bytes");
  CHECK(hint_for("-x") == "a name begins with a letter or digit");
  CHECK(hint_for("Editor") == "the character 'E' is not one of a-z 0-9 . _ -");
  CHECK(hint_for("a/b") == "the character '/' is not one of a-z 0-9 . _ -");
  CHECK(hint_for("a b") == "the character 0x20 is not one of a-z 0-9 . _ -");
  CHECK(hint_for("na\xc3\xafve") == "the character 0xc3 is not one of a-z 0-9 . _ -");
  CHECK(hint_for(std::string_view{"a\0b", 3}) == "the character 0x00 is not one of a-z 0-9 . _ -");
}

TEST_CASE("what is wrong with a name stands in the message", "[name]") {
  CHECK(why(name{"Editor"}.check()).message() ==
        "use name 'Editor': invalid argument, "
        "the character 'E' is not one of a-z 0-9 . _ -");
}

TEST_CASE("of random texts exactly the legal ones are names", "[name]") {
  dice random;
  for (std::size_t i = 0; i < runs; ++i) {
    auto text = random.legal_name(1 + random.below(220));
    for (auto spoiled = random.below(3); spoiled > 0; --spoiled) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    INFO(text);
    REQUIRE(name{text}.check().has_value() == is_legal(text));
  }
}

TEST_CASE("a native name may be anything but nothing", "[name]") {
  CHECK(name{native_name{"/Some Where/else.sock"}}.check());
  CHECK(why(name{native_name{""}}.check()) == condition::invalid_argument);
  CHECK(why(name{native_name{std::string{"a\0b", 3}}}.check()) == condition::invalid_argument);
}

TEST_CASE("a digest is the 128-bit FNV-1a in base 32, for ever", "[name]") {
  // The digits of 0x6c62272e07bb014262b821756295c58d, 0xd228cb696f1a8caf78912b704e4a8964 and
  // 0x343e1662793c64bf6f0d3597ba446f18.
  CHECK(detail::digest("") == "dmmits4b53afbgfobbovrjlrmn");
  CHECK(detail::digest("a") == "gsfdfws3y2rsxxrejlobhevcle");
  CHECK(detail::digest("foobar") == "buhylge6j4ms7w6djvs65ei3yy");
}

TEST_CASE("only what is too long is shortened, to the last byte there is", "[name]") {
  dice random;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto text = random.legal_name();
    const auto limit = detail::least_shortened + random.below(200);
    const auto made = detail::shorten(text, limit);
    INFO(text);
    if (text.size() <= limit) {
      REQUIRE(made == text);
    } else {
      REQUIRE(made.size() == limit);
      REQUIRE(made == text.substr(0, limit - 27) + "~" + detail::digest(text));
    }
  }
}

TEST_CASE("the paths of sockets fit and differ, on Linux, macOS and FreeBSD", "[name]") {
  const std::string directory = "/tmp/strait-1000";
  for (const std::size_t limit : {107U, 103U}) {
    dice random;
    std::set<std::string> names;
    std::set<std::string> paths;
    for (std::size_t i = 0; i < runs; ++i) {
      // Long ones with much in common are what shortening could confuse.
      const auto text = i % 2 == 0
                            ? random.legal_name()
                            : std::string(150, 'x') + random.legal_name(1 + random.below(50));
      const auto path = detail::file_path(directory, text, "socket", limit);
      REQUIRE(path);
      REQUIRE(path->size() <= limit);
      names.insert(text);
      paths.insert(*path);
    }
    CHECK(paths.size() == names.size());
  }
}

TEST_CASE("a directory that leaves no room for a socket is refused with the reason", "[name]") {
  const auto refused = detail::file_path(std::string(90, 'd'), "x", "socket", 107);

  CHECK(why(refused) == condition::filename_too_long);
  CHECK(std::string_view{why(refused).hint}.find("no room") != std::string_view::npos);
}

TEST_CASE("the names of shared objects have at most 30 characters on macOS", "[name]") {
  dice random;
  std::set<std::string> names;
  std::set<std::string> mapped;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto text = random.legal_name();
    const auto made = detail::shared_object_name("501", text, "shm", 30);
    REQUIRE(made.size() <= 30);
    REQUIRE(made[0] == '/');
    REQUIRE(made.find('/', 1) == std::string::npos);
    names.insert(text);
    mapped.insert(made);
  }
  CHECK(mapped.size() == names.size());
  CHECK(detail::shared_object_name("501", "telemetry", "shm", 30) == "/strait-501.telemetry.shm");
  CHECK(detail::shared_object_name("501", "telemetry-of-robot", "shm", 30).starts_with("/st~"));
  CHECK(detail::shared_object_name("501", "telemetry-of-robot", "shm", 255) ==
        "/strait-501.telemetry-of-robot.shm");
}

TEST_CASE("the names of pipes have at most 256 characters and one separator", "[name]") {
  const std::string user = "1.S-1-5-21-4294967295-4294967295-4294967295-4294967295";
  dice random;
  std::set<std::string> names;
  std::set<std::string> mapped;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto text = random.legal_name();
    const auto made = detail::pipe_path(user, text, "socket");
    REQUIRE(made.size() <= 256);
    REQUIRE(made.starts_with(R"(\\.\pipe\strait.)" + user));
    REQUIRE(made.find('\\', 9) == std::string::npos);
    names.insert(text);
    mapped.insert(made);
  }
  CHECK(mapped.size() == names.size());
  CHECK(detail::pipe_path("machine", "chat", "socket") == R"(\\.\pipe\strait.machine.chat.socket)");
}

TEST_CASE("others can be let in only where they can find the name", "[name]") {
  using strait::access;
  CHECK(detail::place_of("chat", "socket", access::owner));
  CHECK(why(detail::place_of("chat", "socket", access::everyone)) == condition::invalid_argument);
  CHECK(why(detail::place_of("chat", "socket", access::group)) == condition::invalid_argument);
  CHECK(detail::place_of({"chat", scope::machine}, "socket", access::everyone));
  CHECK(detail::place_of(native_name{"x"}, "socket", access::everyone)->path == "x");
}

TEST_CASE("a relative runtime directory is refused", "[name]") {
  const support::variable_for_a_while named{"STRAIT_RUNTIME_DIR", "here"};
  CHECK(why(strait::detail::runtime_directory(scope::user)) == condition::invalid_argument);
}

TEST_CASE("a runtime directory that is a file is refused", "[name]") {
  const support::temp_directory above;
  const auto path = above / u8"file";
  support::make_file(path, "");
  const support::variable_for_a_while named{"STRAIT_RUNTIME_DIR", support::utf8(path)};
  CHECK(why(strait::detail::runtime_directory(scope::user)) == condition::not_a_directory);
}
