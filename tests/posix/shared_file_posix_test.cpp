// SPDX-License-Identifier: MIT
#include <strait/shared_file.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/posix/files.hpp"
#include "support/posix/users.hpp"
#include "support/role.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::append_record;
using strait::appender;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::replace_file;
using support::file_place;
using support::why;

namespace {

// Has no room for more than 1000 bytes in a file.
const support::role cramped{"file-cramped", [](support::role_args args) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
  if (::setrlimit(RLIMIT_FSIZE, &limit) == -1) return 1;
  const std::string much(2000, 'x');
  auto file = or_throw(appender::open(args[0]));
  or_throw(file.append(as_bytes(much.substr(0, 899) + "\n")));
  if (why(file.append(as_bytes(much + "\n"))) != condition::file_too_large) return 2;
  if (why(append_record(args[0], as_bytes(much + "\n"))) != condition::file_too_large) return 3;
  or_throw(file.append(as_bytes("still room\n")));
  if (why(replace_file(args[1], as_bytes(much))) != condition::file_too_large) return 4;
  return 0;
}};

void make_readable_by_all(const file_place& place) {
  std::filesystem::permissions(place.directory.path(), std::filesystem::perms{0777});
}

}  // namespace

TEST_CASE("where there is no room for a record, nothing of it stays", "[shared_file][posix]") {
  const file_place log;
  const file_place settings{"old"};
  CHECK(support::outcome_of(cramped.command({log.path, settings.path})) == support::exit_code(0));
  CHECK((log.content() == std::string(899, 'x') + "\nstill room\n"));
  CHECK(settings.content() == "old");
  const std::filesystem::directory_iterator all{settings.directory.path()};
  CHECK(std::distance(begin(all), end(all)) == 1);
}

TEST_CASE("files that are made have the mode that their access says, whatever the umask",
          "[shared_file][posix]") {
  for (const unsigned mask : {0U, 077U}) {
    for (const auto& [who, mode] : {std::pair{strait::access::owner, 0600U},
                                    {strait::access::group, 0660U},
                                    {strait::access::everyone, 0666U}}) {
      const file_place log;
      const file_place settings;
      const support::umask_for_a_while for_now{mask};
      or_throw(append_record(log.path, as_bytes("x\n"), {}, {.who = who}));
      or_throw(replace_file(settings.path, as_bytes("x"), {}, {.who = who}));
      CHECK(support::permissions_of(log.path) == mode);
      CHECK(support::permissions_of(settings.path) == mode);
    }
  }
}

TEST_CASE("a file that is replaced keeps its mode, unless told", "[shared_file][posix]") {
  const file_place place{"old"};
  CHECK(::chmod(place.path.c_str(), 0754) == 0);
  or_throw(replace_file(place.path, as_bytes("new")));
  CHECK(support::permissions_of(place.path) == 0754);
  or_throw(replace_file(place.path, as_bytes("newer"), {}, {.who = strait::access::group}));
  CHECK(support::permissions_of(place.path) == 0660);
}

TEST_CASE("a file that is replaced keeps its group, or gives nobody else's group its rights",
          "[shared_file][posix]") {
  if (::geteuid() != 0) return support::skip("only root has files of any group");
  const file_place place{"old"};
  make_readable_by_all(place);
  REQUIRE(::chown(place.path.c_str(), support::stranger, support::stranger + 1) == 0);
  REQUIRE(::chmod(place.path.c_str(), 0664) == 0);
  struct stat facts{};

  // A stranger, who is not in that group.
  CHECK(support::as_stranger([&] { return replace_file(place.path, as_bytes("x")); }) ==
        condition{});
  REQUIRE(::stat(place.path.c_str(), &facts) == 0);
  CHECK(facts.st_gid == support::stranger);
  CHECK(support::permissions_of(place.path) == 0604);

  or_throw(replace_file(place.path, as_bytes("y")));
  REQUIRE(::stat(place.path.c_str(), &facts) == 0);
  CHECK(facts.st_gid == support::stranger);
}

TEST_CASE("who may not write a file replaces and appends nothing", "[shared_file][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become another user");
  const file_place place{"old"};
  make_readable_by_all(place);
  REQUIRE(::chmod(place.path.c_str(), 0644) == 0);
  CHECK(support::as_stranger([&] { return replace_file(place.path, as_bytes("x")); }) ==
        condition::permission_denied);
  CHECK(support::as_stranger([&] { return append_record(place.path, as_bytes("x\n")); }) ==
        condition::permission_denied);
  CHECK(place.content() == "old");
}

TEST_CASE("what is no plain file is neither replaced nor appended to, nor waited for",
          "[shared_file][posix]") {
  const file_place place;
  REQUIRE(::mkfifo(place.path.c_str(), 0600) == 0);
  CHECK(why(replace_file(place.path, as_bytes("x"))) == condition::invalid_argument);
  CHECK(why(append_record(place.path, as_bytes("x\n"))) == condition::invalid_argument);
  CHECK(why(replace_file("/dev/null", as_bytes("x"))) == condition::invalid_argument);
  CHECK(std::filesystem::is_fifo(place.path));
}

TEST_CASE("a FIFO that is called like what a killed process left is no such thing",
          "[shared_file][posix]") {
  const file_place place;
  const auto fifo = place.path + "~strait-0123456789abcdef";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(replace_file(place.path, as_bytes("x")));
  CHECK(std::filesystem::is_fifo(fifo));
}

TEST_CASE("records go through a link to the file that it leads to", "[shared_file][posix]") {
  const file_place place{"old\n"};
  const auto link = place.path + ".link";
  std::filesystem::create_symlink(place.path, link);
  CHECK(append_record(link, as_bytes("new\n")));
  CHECK(place.content() == "old\nnew\n");
  CHECK(std::filesystem::is_symlink(link));
}

TEST_CASE("a long name leaves room for the name aside", "[shared_file][posix]") {
  const support::temp_directory directory;
  for (const std::u8string_view letter : {u8"x", u8"\u00e4"}) {
    std::u8string name;
    while (name.size() < 240) name += letter;
    const auto path = directory / name;
    REQUIRE(replace_file(support::utf8(path), as_bytes("content")));
    REQUIRE(replace_file(support::utf8(path), as_bytes("content again")));
    CHECK(support::content_of(path) == "content again");
  }
}
