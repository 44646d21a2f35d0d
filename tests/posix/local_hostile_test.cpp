// SPDX-License-Identifier: MIT
// Handles that come through a local stream from a peer that lies, or to a process that is full.
#include <strait/local_stream.hpp>

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/posix/sockets.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::handle;
using strait::local_stream;
using strait::or_throw;
using support::exit_code;
using support::soon;
using support::why;

namespace {

// What stands in the stream where handles are: see src/posix/passed_handles.hpp.
struct header {
  std::uint32_t magic = 0x53485453;
  std::uint32_t count = 1;
};

// Sends any bytes with any number of descriptors.
void send_raw(int socket, std::span<const std::byte> data, const std::vector<int>& descriptors) {
  std::vector<std::byte> control(CMSG_SPACE(descriptors.size() * sizeof(int)));
  iovec part{.iov_base = const_cast<std::byte*>(data.data()), .iov_len = data.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = static_cast<decltype(message.msg_controllen)>(control.size());
    auto* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = static_cast<decltype(rights->cmsg_len)>(
        CMSG_LEN(descriptors.size() * sizeof(int)));
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size() * sizeof(int));
  }
  const auto sent = ::sendmsg(socket, &message, 0);
  support::require_call(sent == static_cast<ssize_t>(data.size()), "sendmsg");
}

// What a peer may send, and what becomes of it.
strait::error outcome_of(const header& claim, std::size_t descriptors) {
  auto [liar, victim] = or_throw(local_stream::create_pair());
  auto sample = or_throw(strait::pipe::create());
  const std::vector<int> many(descriptors, sample.writer.native());
  send_raw(liar.native(), std::as_bytes(std::span{&claim, 1}), many);
  std::array<handle, 64> arrived;
  const auto before = support::count_open_handles();

  const auto answer = why(victim.receive_handles(arrived, soon));

  CHECK(support::count_open_handles() == before);
  for (const auto& h : arrived) CHECK_FALSE(h);
  return answer;
}

// Leaves this process `spare` descriptors that it may still open.
void leave_descriptors(int spare) {
  const int next = ::dup(STDERR_FILENO);
  ::close(next);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = static_cast<rlim_t>(next) + static_cast<rlim_t>(spare);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

const support::role is_full{"local.is_full", [](support::role_args /*args*/) {
  auto [one, other] = or_throw(local_stream::create_pair());
  const std::vector<int> ten(10, STDERR_FILENO);
  std::array<handle, 10> arrived;
  or_throw(one.send_handles(ten, soon));
  or_throw(one.send_handles(std::array{STDERR_FILENO}, soon));
  leave_descriptors(4);
  const auto before = support::count_open_handles();
  if (why(other.receive_handles(arrived, soon)) != std::errc::too_many_files_open) return 1;
  if (support::count_open_handles() != before) return 2;
  return other.receive_handles(arrived, soon) == 1 ? 0 : 3;  // and the stream goes on
}};

const support::role cannot_accept{"local.cannot_accept", [](support::role_args args) {
  auto listener = or_throw(strait::local_listener::create(args[0]));
  std::vector<local_stream> clients;
  clients.push_back(or_throw(local_stream::connect(args[0], soon)));
  leave_descriptors(0);
  if (why(listener.accept(soon)) != std::errc::too_many_files_open) return 1;
  if (why(local_stream::connect(args[0], soon)) != std::errc::too_many_files_open) return 2;
  if (why(strait::local_listener::create(args[0] + "2")) != std::errc::too_many_files_open) {
    return 3;
  }
  leave_descriptors(10);
  auto server = or_throw(listener.accept(soon));  // nobody was lost
  return support::talk(clients[0], server) ? 0 : 4;
}};

}  // namespace

TEST_CASE("a peer that lies about handles is found out, and nothing stays open", "[local][posix]") {
  using strait::condition;
  CHECK(outcome_of({.count = 2}, 1) == condition::corrupted);
  CHECK(outcome_of({.count = 1}, 2) == condition::corrupted);
  CHECK(outcome_of({.count = 0}, 0) == condition::corrupted);
  CHECK(outcome_of({.count = 0}, 1) == condition::corrupted);
  CHECK(outcome_of({.count = 3}, 0) == condition::corrupted);
  CHECK(outcome_of({.count = 65}, 65) == condition::corrupted);
  CHECK(outcome_of({.count = 100}, 100) == condition::corrupted);
  CHECK(outcome_of({.count = 64}, 100) == condition::corrupted);
  CHECK(outcome_of({.count = 0xffffffff}, 1) == condition::corrupted);
  CHECK(outcome_of({.magic = 0x53485454}, 1) == condition::corrupted);
}

TEST_CASE("handles whose place comes in pieces are handles all the same", "[local][posix]") {
  auto [peer, stream] = or_throw(local_stream::create_pair());
  auto sample = or_throw(strait::pipe::create());
  const header claim{.count = 2};
  const auto bytes = std::as_bytes(std::span{&claim, 1});
  std::array<handle, 2> arrived;

  send_raw(peer.native(), bytes.first(3), {sample.writer.native()});
  send_raw(peer.native(), bytes.subspan(3), {sample.writer.native()});
  REQUIRE(stream.receive_handles(arrived, soon) == 2);

  CHECK(strait::pipe_writer::adopt(std::move(arrived[1])));
}

TEST_CASE("half a place of handles is corrupted, whatever comes or does not come after",
          "[local][posix]") {
  for (const bool closes : {false, true}) {
    auto [peer, stream] = or_throw(local_stream::create_pair());
    auto sample = or_throw(strait::pipe::create());
    const header claim;
    std::array<handle, 1> arrived;
    send_raw(peer.native(), std::as_bytes(std::span{&claim, 1}).first(5), {sample.writer.native()});
    if (closes) REQUIRE(peer.close());

    CHECK(why(stream.receive_handles(arrived, 20ms)) == strait::condition::corrupted);

    REQUIRE(sample.writer.close());
    CHECK(support::rest_of(sample.reader).empty());
  }
}

TEST_CASE("handles among bytes that are only read are closed", "[local][posix]") {
  auto [peer, stream] = or_throw(local_stream::create_pair());
  auto sample = or_throw(strait::pipe::create());
  send_raw(peer.native(), strait::as_bytes("bytes"), {sample.writer.native()});
  REQUIRE(sample.writer.close());

  CHECK(support::next_text(stream, 5) == "bytes");

  CHECK(support::rest_of(sample.reader).empty());
}

TEST_CASE("a process that may open no more is told so, and loses nothing else", "[local][posix]") {
  CHECK(support::outcome_of(is_full.command()) == exit_code(0));
  CHECK(support::outcome_of(cannot_accept.command({support::unique_name()})) == exit_code(0));
}
