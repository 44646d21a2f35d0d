// SPDX-License-Identifier: MIT
// Local listeners as POSIX has them: files with modes, which come and go.
#include <strait/lease.hpp>
#include <strait/local_stream.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/fail_points.hpp"
#include "support/local.hpp"
#include "support/posix/files.hpp"
#include "support/posix/sockets.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::local_listener;
using strait::local_stream;
using strait::native_name;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

// The directory of a test, and the path of a socket in it.
struct place {
  support::temp_directory directory;
  std::string path = support::utf8(directory / u8"program.sock");
  native_name name{path};

  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator all{directory.path()};
    return static_cast<std::size_t>(std::distance(all, {}));
  }
};

std::string path_of_length(const support::temp_directory& directory, std::size_t size) {
  auto path = support::utf8(directory.path()) + "/";
  path.resize(size, 'x');
  return path;
}

constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;

const support::role is_killed_there{"local.is_killed_there", [](support::role_args args) {
  support::kill_at(std::stoul(args[1]));
  auto listener = or_throw(local_listener::create(native_name{args[0]}));
  or_throw(listener.close());
  return 0;
}};

}  // namespace

TEST_CASE("a socket has the mode that its access says, whatever the umask", "[local][posix]") {
  for (const unsigned mask : {0U, 022U, 077U, 0777U}) {
    for (const auto& [who, mode] : {std::pair{strait::access::owner, 0600U},
                                    {strait::access::group, 0660U},
                                    {strait::access::everyone, 0666U}}) {
      const place here;
      const support::umask_for_a_while for_now{mask};
      const auto listener = or_throw(local_listener::create(here.name, {.who = who}));

      CHECK(support::permissions_of(here.path) == mode);
      CHECK(support::permissions_of(here.path + ".lock") == mode);
    }
  }
}

TEST_CASE("a name is a socket in the runtime directory", "[local][posix]") {
  const auto name = support::unique_name();
  const auto directory = support::environment_variable("STRAIT_RUNTIME_DIR").value_or("");
  auto listener = or_throw(local_listener::create(name));

  auto client = or_throw(
      local_stream::adopt(support::raw_connect(directory + "/" + name + ".socket")));
  auto server = or_throw(listener.accept(soon));

  CHECK(support::talk(client, server));
  CHECK(support::permissions_of(directory) == 0700U);
}

TEST_CASE("who meets another's name in a shortened form is told so", "[local][posix]") {
  auto text = support::unique_name();
  text.resize(strait::name::max_size, 'x');
  const std::filesystem::path directory{
      support::environment_variable("STRAIT_RUNTIME_DIR").value_or("")};
  std::string path;
  {
    const auto listener = or_throw(local_listener::create(text));
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
      const bool is_ours = entry.path().filename().string().starts_with(text.substr(0, 20));
      if (is_ours && entry.path().extension() == ".socket") path = entry.path();
    }
  }
  REQUIRE_FALSE(path.empty());
  // Another's name of the same shortened form cannot be found in a lifetime; this stands in for it.
  const auto other = or_throw(strait::lease::acquire(native_name{path + ".lock"}, 0ms));

  CHECK(why(local_listener::create(text)) == strait::condition::name_collision);
  CHECK(why(local_stream::connect(text, soon)) == strait::condition::name_collision);
}

TEST_CASE("a stream is left as it was made, whatever was waited for", "[local][posix]") {
  const place here;
  auto listener = or_throw(local_listener::create(here.name));
  auto [client, server] = support::connect_to(listener, here.name);
  std::byte one{};
  CHECK(why(client.read({&one, 1}, 5ms)) == std::errc::timed_out);
  support::fill(server);

  for (const int fd : {client.native(), server.native()}) {
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    CHECK_FALSE(support::is_inheritable(fd));
  }
  CHECK_FALSE(support::is_inheritable(listener.native()));
}

TEST_CASE("a listener leaves no file behind", "[local][posix]") {
  const place here;
  auto listener = or_throw(local_listener::create(here.name));
  CHECK(here.files() == 2);  // the socket and its lock

  REQUIRE(listener.close());

  CHECK(here.files() == 0);
}

TEST_CASE("of a killed listener the next one leaves nothing", "[local][posix]") {
  const place here;
  constexpr std::size_t far_too_many = 100;
  for (std::size_t step = 1; step < far_too_many; ++step) {
    INFO("killed at step " << step);
    const auto end = support::outcome_of(
        is_killed_there.command({here.path, std::to_string(step)}));
    {
      auto listener = or_throw(local_listener::create(here.name));
      auto [client, server] = support::connect_to(listener, here.name);
      CHECK(support::talk(client, server));
      CHECK(here.files() == 2);
    }
    CHECK(here.files() == 0);
    if (end == exit_code(0)) break;
  }
}

TEST_CASE("closing takes no file that is another's now", "[local][posix]") {
  const place here;
  auto first = or_throw(local_listener::create(here.name));
  // Somebody cleans up too well.
  std::filesystem::remove(here.path);
  std::filesystem::remove(here.path + ".lock");
  auto second = or_throw(local_listener::create(here.name));

  REQUIRE(first.close());

  CHECK(here.files() == 2);
  CHECK(why(local_listener::create(here.name)) == std::errc::address_in_use);
  auto [client, server] = support::connect_to(second, here.name);
  CHECK(support::talk(client, server));
}

TEST_CASE("a copy of the process takes no name away", "[local][posix]") {
  const place here;
  auto listener = or_throw(local_listener::create(here.name));

  const pid_t copy = ::fork();
  if (copy == 0) {
    listener = {};
    ::_exit(0);
  }
  int status = -1;
  REQUIRE(::waitpid(copy, &status, 0) == copy);

  CHECK(status == 0);
  CHECK(here.files() == 2);
  auto [client, server] = support::connect_to(listener, here.name);
  CHECK(support::talk(client, server));
}

TEST_CASE("what is no socket is not taken away", "[local][posix]") {
  const place here;
  support::make_file(here.path, "precious");

  const auto refused = why(local_listener::create(here.name));

  CHECK(refused == std::errc::file_exists);
  CHECK_FALSE(std::string{refused.hint}.empty());
  CHECK(support::content_of(here.path) == "precious");
  CHECK(here.files() == 1);
}

TEST_CASE("the socket of another program is respected while that listens", "[local][posix]") {
  const place here;
  auto other = support::raw_listen(here.path);
  CHECK(why(local_listener::create(here.name)) == std::errc::address_in_use);
  CHECK(here.files() == 1);

  REQUIRE(other.close());  // and its file stays behind
  auto listener = or_throw(local_listener::create(here.name));

  auto [client, server] = support::connect_to(listener, here.name);
  CHECK(support::talk(client, server));
}

TEST_CASE("a path that is too long for a socket is refused, and never cut", "[local][posix]") {
  const support::temp_directory directory;
  const native_name too_long{path_of_length(directory, longest + 1)};

  CHECK(why(local_listener::create(too_long)) == std::errc::filename_too_long);
  CHECK(why(local_stream::connect(too_long, soon)) == std::errc::filename_too_long);

  // A listener needs one byte more while it is made.
  const native_name longest_to_make{path_of_length(directory, longest - 1)};
  auto listener = or_throw(local_listener::create(longest_to_make));
  auto [client, server] = support::connect_to(listener, longest_to_make);
  CHECK(support::talk(client, server));
  const native_name longest_to_reach{path_of_length(directory, longest)};
  CHECK(why(local_listener::create(longest_to_reach)) == std::errc::filename_too_long);
  const auto other = support::raw_listen(longest_to_reach.text());
  CHECK(local_stream::connect(longest_to_reach, soon));
}

TEST_CASE("in a directory that is not there nobody listens or connects", "[local][posix]") {
  const support::temp_directory directory;
  const native_name nowhere{support::utf8(directory / u8"none" / u8"program.sock")};

  CHECK(why(local_listener::create(nowhere)) == std::errc::no_such_file_or_directory);
  CHECK(why(local_stream::connect(nowhere, soon)) == std::errc::no_such_file_or_directory);
}

TEST_CASE("names next to each other do not disturb each other", "[local][posix]") {
  const support::temp_directory directory;
  const auto name = [&](const char* file) { return native_name{directory.path() / file}; };
  auto beside = or_throw(local_listener::create(name("a~")));
  auto behind = or_throw(local_listener::create(name("a~~")));

  // It would be made where the first one stands.
  CHECK(why(local_listener::create(name("a"))) == std::errc::address_in_use);

  auto [client, server] = support::connect_to(beside, name("a~"));
  CHECK(support::talk(client, server));
  REQUIRE(beside.close());
  CHECK(local_listener::create(name("a")));
}
