// SPDX-License-Identifier: MIT
// Unix streams as POSIX has them: modes, links, abstract names, other programs.
#include <strait/unix_socket.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/local_stream.hpp>
#include <strait/pipe.hpp>
#include <strait/posix/abstract_name.hpp>
#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/posix/files.hpp"
#include "support/posix/sockets.hpp"
#include "support/posix/users.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/unix.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::unix_listener;
using strait::unix_stream;
using strait::posix::abstract_name;
using support::connect_to;
using support::soon;
using support::unix_connected;
using support::unix_place;
using support::why;

namespace {

constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;

// A program in another language: the answer is the question in capitals.
constexpr auto python_client = R"(
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1].replace('@', '\0'))
s.sendall(b'question')
s.shutdown(1)
print(s.makefile().read(), end='')
)";
constexpr auto python_server = R"(
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1].replace('@', '\0'))
s.listen()
print('listens', end='', flush=True)
c = s.accept()[0]
c.sendall(c.makefile('rb').read().upper())
)";

bool is_installed(const std::string& program, const std::string& version) {
  const auto tried = strait::run({.program = program, .args = {version}}, {}, soon);
  if (tried && tried->status.success()) return true;
  support::skip(program + " is not installed");
  return false;
}

void answer_a_client(const strait::command& client, unix_listener& listener) {
  strait::result<strait::captured> said;
  {
    const std::jthread asking{[&] { said = strait::run(client, as_bytes("question"), soon); }};
    auto stream = or_throw(listener.accept(soon));
    CHECK(support::text_of(support::rest_of(stream)) == "question");
    REQUIRE(strait::write_all(stream, as_bytes("QUESTION"), soon));
  }
  REQUIRE(said);
  CHECK(said->output == "QUESTION");
}

}  // namespace

TEST_CASE("a Unix listener has the mode that its access says, whatever the umask",
          "[unix][posix]") {
  for (const unsigned mask : {0U, 022U, 077U, 0777U}) {
    for (const auto& [who, mode] : {std::pair{strait::access::owner, 0600U},
                                    {strait::access::group, 0660U},
                                    {strait::access::everyone, 0666U}}) {
      const unix_place here;
      const support::umask_for_a_while for_now{mask};
      const auto listener = or_throw(unix_listener::create(here.path, {.who = who}));
      CHECK(support::permissions_of(here.path) == mode);
      CHECK(support::permissions_of(here.path + ".lock") == mode);
    }
  }
}

TEST_CASE("strangers connect to a Unix listener only if they may", "[unix][posix]") {
  if (::geteuid() != 0) return support::skip("only root can become another user");
  for (const auto& [who, outcome] : {std::pair{strait::access::owner, condition::permission_denied},
                                     {strait::access::everyone, condition{}}}) {
    const unix_place here;
    std::filesystem::permissions(here.directory.path(), std::filesystem::perms{0755});
    const auto listener = or_throw(unix_listener::create(here.path, {.who = who}));
    CHECK(support::as_stranger([&] { return unix_stream::connect(here.path, soon); }) == outcome);
  }
}

TEST_CASE("Unix sockets are inherited by nobody, and left as they were made", "[unix][posix]") {
  const unix_place here;
  auto listener = or_throw(unix_listener::create(here.path));
  auto [client, server] = connect_to(listener, here.path);
  std::byte one{};
  CHECK(why(client.read({&one, 1}, 5ms)) == condition::timed_out);
  for (const int fd : {client.native(), server.native()}) {
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    CHECK_FALSE(support::is_inheritable(fd));
  }
  CHECK_FALSE(support::is_inheritable(listener.native()));
}

TEST_CASE("a link to a socket is connected through, and not replaced", "[unix][posix]") {
  const unix_place here;
  const auto link = here.path + ".link";
  auto listener = or_throw(unix_listener::create(here.path));
  std::filesystem::create_symlink(here.path, link);
  auto [client, server] = connect_to(listener, link);
  CHECK(support::talk(client, server));

  CHECK(why(unix_listener::create(link)) == condition::file_exists);
  REQUIRE(listener.close());
  CHECK(why(unix_listener::create(link)) == condition::file_exists);  // it leads nowhere now
  CHECK(std::filesystem::is_symlink(link));
}

TEST_CASE("a closing Unix listener takes no file that is another's now", "[unix][posix]") {
  const unix_place here;
  auto first = or_throw(unix_listener::create(here.path));
  std::filesystem::remove(here.path);
  const auto other = support::raw_listen(here.path);
  REQUIRE(first.close());
  CHECK(here.files() == 1);
  CHECK(unix_stream::connect(here.path, soon));
}

TEST_CASE("another program's socket is respected while that listens", "[unix][posix]") {
  const unix_place here;
  auto other = support::raw_listen(here.path);
  CHECK(why(unix_listener::create(here.path)) == condition::address_in_use);
  CHECK(here.files() == 1);
  REQUIRE(other.close());  // and its file stays behind
  auto listener = or_throw(unix_listener::create(here.path));
  auto [client, server] = connect_to(listener, here.path);
  CHECK(support::talk(client, server));
}

TEST_CASE("a copy of the process takes no path of a Unix listener away", "[unix][posix]") {
  const unix_place here;
  auto listener = or_throw(unix_listener::create(here.path));
  const pid_t copy = ::fork();
  if (copy == 0) {
    listener = {};
    ::_exit(0);
  }
  int status = -1;
  REQUIRE(::waitpid(copy, &status, 0) == copy);
  CHECK(here.files() == 2);
}

TEST_CASE("the longest path of a Unix socket is used, and one longer is refused", "[unix][posix]") {
  const support::temp_directory directory;
  const auto of_length = [&directory](std::size_t size) {
    auto path = support::utf8(directory.path()) + "/";
    path.resize(size, 'x');
    return path;
  };
  CHECK(why(unix_stream::connect(of_length(longest + 1), soon)) == condition::filename_too_long);
  CHECK(why(unix_listener::create(of_length(longest))) == condition::filename_too_long);
  const auto at = of_length(longest - 1);  // a listener needs one byte more while it is made
  auto listener = or_throw(unix_listener::create(at));
  auto [client, server] = connect_to(listener, at);
  CHECK(support::talk(client, server));
  const auto other = support::raw_listen(of_length(longest));
  CHECK(unix_stream::connect(of_length(longest), soon));
}

TEST_CASE("a full backlog is waited for, as long as is wanted", "[unix][posix]") {
  const unix_place here;
  auto listener = or_throw(unix_listener::create(here.path, {.backlog = 1}));
  std::vector<unix_stream> clients;
  strait::error refused;
  for (;;) {
    auto next = unix_stream::connect(here.path, 50ms);
    if (!next) {
      refused = next.error();
      break;
    }
    clients.push_back(*std::move(next));
  }
  CHECK(refused == condition::timed_out);
  CHECK(refused.subject.text() == strait::subject_name{here.path}.text());
  REQUIRE_FALSE(clients.empty());
  CHECK(clients.size() < 10);
  for (const auto& until : {strait::deadline{soon}, strait::deadline{}}) {
    strait::result<unix_stream> late;
    {
      const std::jthread waiting{[&] { late = unix_stream::connect(here.path, until); }};
      CHECK(listener.accept(soon));
    }
    CHECK(late);
  }
}

TEST_CASE("an abstract name is no file, and in use while somebody listens", "[unix][posix]") {
  const auto name = abstract_name(support::unique_name());
  auto listener = unix_listener::create(name);
  if (!listener) {
    CHECK(listener.error() == condition::not_supported);
    CHECK(why(unix_stream::connect(name, soon)) == condition::not_supported);
    return support::skip("this system has no abstract names");
  }
  const auto taken = why(unix_listener::create(name));
  CHECK(taken == condition::address_in_use);
  CHECK(taken.subject.text() == "@" + name.text());
  auto [client, server] = connect_to(*listener, name);
  CHECK(support::talk(client, server));
  CHECK(or_throw(client.peer()).id() == support::this_process());

  REQUIRE(listener->close());
  CHECK(why(unix_stream::connect(name, soon)) == condition::connection_refused);
  CHECK(unix_listener::create(name));
  const auto with_zero = abstract_name(support::unique_name() + std::string{"\0x", 2});
  auto odd = or_throw(unix_listener::create(with_zero));
  CHECK(unix_stream::connect(with_zero, soon));
  CHECK(why(unix_listener::create(abstract_name(""))) == condition::invalid_argument);
  CHECK(why(unix_listener::create(abstract_name(std::string(108, 'x')))) ==
        condition::filename_too_long);
  auto full = or_throw(unix_listener::create(abstract_name(std::string(107, 'x'))));
  CHECK(unix_stream::connect(abstract_name(std::string(107, 'x')), soon));
}

TEST_CASE("handles pass through Unix streams", "[unix][posix]") {
  auto [client, server] = unix_connected();
  auto sample = or_throw(strait::pipe::create());
  or_throw(client.send_handles(std::array{sample.writer.native()}, soon));
  REQUIRE(sample.writer.close());
  std::array<strait::handle, 1> arrived;
  CHECK(server.receive_handles(arrived, soon) == 1);
  auto writer = or_throw(strait::pipe_writer::adopt(std::move(arrived[0])));
  or_throw(writer.write(as_bytes("through"), soon));
  CHECK(support::next_text(sample.reader, 7) == "through");
  CHECK(why(client.send_handles({}, soon)) == condition::invalid_argument);
}

TEST_CASE("local streams and Unix streams meet at a path", "[unix][posix]") {
  const unix_place here;
  auto listener = or_throw(strait::local_listener::create(strait::native_name{here.path}));
  CHECK(why(unix_listener::create(here.path)) == condition::address_in_use);
  auto client = or_throw(unix_stream::connect(here.path, soon));
  auto server = or_throw(listener.accept(soon));
  or_throw(strait::write_all(client, as_bytes("hello"), soon));
  CHECK(support::next_text(server, 5) == "hello");
}

TEST_CASE("socat and a Unix listener understand each other", "[unix][posix]") {
  if (!is_installed("socat", "-V")) return;
  const unix_place here;
  auto listener = or_throw(unix_listener::create(here.path));
  answer_a_client({.program = "socat", .args = {"-", "UNIX-CONNECT:" + here.path}}, listener);
}

TEST_CASE("a program in another language and a Unix listener understand each other",
          "[unix][posix]") {
  if (!is_installed("python3", "--version")) return;
  const unix_place here;
  auto listener = or_throw(unix_listener::create(here.path));
  answer_a_client({.program = "python3", .args = {"-c", python_client, here.path}}, listener);
  const auto name = abstract_name(support::unique_name());
  auto abstract = unix_listener::create(name);
  if (!abstract) return;
  answer_a_client({.program = "python3", .args = {"-c", python_client, "@" + name.text()}},
                  *abstract);
}

TEST_CASE("a Unix stream connects to a program in another language", "[unix][posix]") {
  if (!is_installed("python3", "--version")) return;
  const unix_place here;
  auto server = support::start({.program = "python3",
                                .args = {"-c", python_server, here.path},
                                .output = strait::redirect::pipe(),
                                .die_with_parent = true});
  REQUIRE(support::next_text(server.output, 7) == "listens");
  auto stream = or_throw(unix_stream::connect(here.path, soon));
  REQUIRE(stream.write(as_bytes("question"), soon) == 8);
  REQUIRE(stream.finish());
  CHECK(support::text_of(support::rest_of(stream)) == "QUESTION");
  CHECK(support::end_of(server).success());
}
