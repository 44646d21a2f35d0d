// SPDX-License-Identifier: MIT
// FIFOs as POSIX has them: files that shells and other programs open, and their modes.
#include <strait/fifo.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <string>
#include <utility>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/posix/files.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::native_name;
using strait::or_throw;
using strait::scope;
using support::exit_code;
using support::soon;
using support::why;

namespace {

// Where the documentation says that a FIFO stands.
std::string path_of(const std::string& name, scope where = scope::user) {
  const std::string variable = where == scope::user ? "STRAIT_RUNTIME_DIR" : "STRAIT_MACHINE_DIR";
  return support::environment_variable(variable).value_or("") + "/" + name + ".fifo";
}

strait::command shell(std::string script, std::vector<std::string> args) {
  args.insert(args.begin(), {"-c", std::move(script), "sh"});
  return {.program = "/bin/sh", .args = std::move(args)};
}

struct stat facts_of(const std::string& path) {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) == -1) facts.st_mode = 0;
  return facts;
}

std::size_t files_of(const std::string& name) {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator{
           support::environment_variable("STRAIT_RUNTIME_DIR").value_or("")}) {
    if (file.path().filename().string().starts_with(name)) ++count;
  }
  return count;
}

// NAME: whatever the umask, the modes are as documented.
const support::role has_umask{"fifo.has_umask", [](support::role_args args) {
  for (const unsigned mask : {0U, 077U, 0777U}) {
    const support::umask_for_a_while umask{mask};
    const auto own = or_throw(fifo_reader::create(args[0]));
    if (support::permissions_of(path_of(args[0])) != 0600U) return 1;
    const strait::name shared{args[0], scope::machine};
    const auto group = or_throw(fifo_reader::create(shared, {.who = strait::access::group}));
    if (support::permissions_of(path_of(args[0], scope::machine)) != 0660U) return 2;
  }
  const strait::name shared{args[0], scope::machine};
  const auto everyone = or_throw(fifo_reader::create(shared, {.who = strait::access::everyone}));
  return support::permissions_of(path_of(args[0], scope::machine)) == 0666U ? 0 : 3;
}};

// NAME: has a reader until it is killed.
const support::role reads_nothing{"fifo.reads_nothing", [](support::role_args args) {
  const auto reader = or_throw(fifo_reader::create(args[0]));
  support::kill_this_process();
  return 0;
}};

}  // namespace

TEST_CASE("a shell writes by redirection, and strait reads", "[fifo][posix]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));

  for (const std::string word : {"one", "two"}) {
    auto child = support::start(shell("echo \"$2\" > \"$1\"", {path_of(name), word}));
    CHECK(support::text_of(support::rest_of(reader)) == word + "\n");
    CHECK(support::end_of(child).success());
  }
  auto child = support::start(shell("(echo a; echo b) | cat >> \"$1\"", {path_of(name)}));
  CHECK(support::text_of(support::rest_of(reader)) == "a\nb\n");
  CHECK(support::end_of(child).success());
}

TEST_CASE("strait writes, and a shell reads", "[fifo][posix]") {
  const auto name = support::unique_name();
  const support::temp_directory directory;
  const auto native = support::utf8(directory / u8"native");
  for (const bool is_native : {false, true}) {
    const strait::name fifo = is_native ? strait::name{native_name{native}} : strait::name{name};
    CHECK(why(fifo_writer::open(fifo, 0ms)) == std::errc::timed_out);  // the directory is there now
    const auto path = is_native ? native : path_of(name);
    auto command = shell("mkfifo \"$1\" && cat < \"$1\" && rm \"$1\"", {path});
    command.output = strait::redirect::pipe();
    auto child = support::start(command);

    auto writer = or_throw(fifo_writer::open(fifo, soon));
    or_throw(strait::write_all(writer, as_bytes("to the shell"), soon));
    or_throw(writer.close());

    CHECK(support::text_of(support::rest_of(child.output)) == "to the shell");
    CHECK(support::end_of(child).success());
  }
}

TEST_CASE("a shell that waits for a dead reader waits no more when there is a new one",
          "[fifo][posix]") {
  const auto name = support::unique_name();
  CHECK(support::outcome_of(reads_nothing.command({name})) == support::killed_hard());
  REQUIRE(S_ISFIFO(facts_of(path_of(name)).st_mode));
  auto child = support::start(shell("echo lost > \"$1\"", {path_of(name)}));

  auto reader = or_throw(fifo_reader::create(name));

  // It was released, or came so late that it found the new one.
  CHECK(child.wait(soon));
}

TEST_CASE("a FIFO's mode is what its access says, whatever the umask", "[fifo][posix]") {
  CHECK(support::outcome_of(has_umask.command({support::unique_name()})) == exit_code(0));
}

TEST_CASE("a FIFO is a file until its reader closes, and then nothing is left", "[fifo][posix]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  CHECK(S_ISFIFO(facts_of(path_of(name)).st_mode));
  CHECK_FALSE(support::is_inheritable(reader.native()));
  CHECK((::fcntl(reader.native(), F_GETFL) & O_NONBLOCK) == 0);
  const auto writer = or_throw(fifo_writer::open(name, soon));
  CHECK_FALSE(support::is_inheritable(writer.native()));

  REQUIRE(reader.close());
  CHECK(files_of(name) == 0);
  CHECK(why(fifo_reader::open(name, 10ms)) == std::errc::timed_out);
  CHECK(files_of(name) == 0);
}

TEST_CASE("what a killed reader left is swept away by the next", "[fifo][posix]") {
  const auto name = support::unique_name();
  CHECK(support::outcome_of(reads_nothing.command({name})) == support::killed_hard());
  const auto left = facts_of(path_of(name));
  REQUIRE(S_ISFIFO(left.st_mode));

  auto reader = or_throw(fifo_reader::create(name));

  CHECK(facts_of(path_of(name)).st_ino != left.st_ino);
  CHECK(files_of(name) == 2);  // the FIFO, and its lock
  REQUIRE(reader.close());
  CHECK(files_of(name) == 0);
}

TEST_CASE("what is no FIFO is left as it is", "[fifo][posix]") {
  const auto name = support::unique_name();
  or_throw(fifo_reader::create(name));  // the directory is there now
  support::make_file(path_of(name), "precious");

  CHECK(why(fifo_reader::create(name)) == std::errc::file_exists);
  CHECK(why(fifo_reader::create(native_name{path_of(name)})) == std::errc::file_exists);
  CHECK(why(fifo_writer::open(name, 0ms)) == std::errc::invalid_argument);
  CHECK(support::content_of(path_of(name)) == "precious");
  CHECK(files_of(name) == 1);
}

TEST_CASE("a FIFO that another program made is used as it is", "[fifo][posix]") {
  const support::temp_directory directory;
  const auto path = support::utf8(directory / u8"made elsewhere");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  REQUIRE(::chmod(path.c_str(), 0620) == 0);
  const auto before = facts_of(path);
  const native_name name{path};

  CHECK(why(fifo_reader::open(name, 10ms)) == std::errc::timed_out);
  for (int again = 0; again < 2; ++again) {
    auto reader = or_throw(fifo_reader::create(name));
    auto writer = or_throw(fifo_writer::open(name, soon));
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    REQUIRE(writer.close());
    CHECK(support::text_of(support::rest_of(reader)) == "x");
    std::byte one{};
    CHECK(why(reader.read({&one, 1}, 10ms)) == std::errc::timed_out);
  }

  CHECK(facts_of(path).st_ino == before.st_ino);
  CHECK(support::permissions_of(path) == 0620U);
}

TEST_CASE("a native FIFO is made if there is none, and stays", "[fifo][posix]") {
  const support::temp_directory directory;
  const auto path = support::utf8(directory / u8"new");
  {
    const auto reader = or_throw(fifo_reader::create(native_name{path}));
    CHECK(support::permissions_of(path) == 0600U);
  }
  CHECK(S_ISFIFO(facts_of(path).st_mode));
}

TEST_CASE("a reader whose file was taken away waits for nobody", "[fifo][posix]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  auto writer = or_throw(fifo_writer::open(name, soon));
  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  REQUIRE(::unlink(path_of(name).c_str()) == 0);
  std::byte one{};

  CHECK(reader.read({&one, 1}, soon) == 1);
  REQUIRE(writer.close());
  CHECK(reader.read({&one, 1}, soon) == 0);
  CHECK(why(reader.read({&one, 1}, soon)) == std::errc::no_such_file_or_directory);

  REQUIRE(::mkfifo(path_of(name).c_str(), 0600) == 0);
  CHECK(why(reader.read({&one, 1}, soon)) == std::errc::no_such_file_or_directory);
  REQUIRE(::unlink(path_of(name).c_str()) == 0);

  // Nor does it take away what stands there now.
  support::make_file(path_of(name), "precious");
  REQUIRE(reader.close());
  CHECK(support::content_of(path_of(name)) == "precious");
}

TEST_CASE("a FIFO that another program reads from is alive", "[fifo][posix]") {
  const auto name = support::unique_name();
  or_throw(fifo_reader::create(name));  // the directory is there now
  REQUIRE(::mkfifo(path_of(name).c_str(), 0600) == 0);
  const auto before = facts_of(path_of(name));
  const int fd = ::open(path_of(name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto foreign = strait::handle::adopt(fd);

  CHECK(why(fifo_reader::create(name)) == std::errc::address_in_use);
  CHECK(facts_of(path_of(name)).st_ino == before.st_ino);
  CHECK(files_of(name) == 1);

  REQUIRE(foreign.close());
  CHECK(fifo_reader::create(name));
}
