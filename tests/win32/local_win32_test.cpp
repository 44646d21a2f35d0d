// SPDX-License-Identifier: MIT
// Local streams as other programs of Windows see them: pipes under \\.\pipe\.
#include "support/win32/win32.hpp"

#include <aclapi.h>
#include <strait/local_stream.hpp>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::access;
using strait::as_bytes;
using strait::handle;
using strait::local_listener;
using strait::local_stream;
using strait::native_name;
using strait::or_throw;
using support::next_text;
using support::soon;
using support::why;

namespace {

std::wstring path_of_pipe(const std::string& name) {
  return LR"(\\.\pipe\)" + support::widen(name);
}

// What a program does that knows nothing of strait.
handle open_pipe(const std::string& name, DWORD mode) {
  HANDLE raw = ::CreateFileW(path_of_pipe(name).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                             OPEN_EXISTING, 0, nullptr);
  if (raw == INVALID_HANDLE_VALUE) support::throw_last_error("CreateFileW");
  auto opened = handle::adopt(raw);
  support::require(::SetNamedPipeHandleState(raw, &mode, nullptr, nullptr),
                   "SetNamedPipeHandleState");
  return opened;
}

handle make_byte_pipe(const std::string& name) {
  HANDLE raw = ::CreateNamedPipeW(path_of_pipe(name).c_str(), PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1,
                                  4096, 4096, 0, nullptr);
  if (raw == INVALID_HANDLE_VALUE) support::throw_last_error("CreateNamedPipeW");
  return handle::adopt(raw);
}

void put(const handle& to, strait::const_bytes data) {
  DWORD moved = 0;
  support::require(
      ::WriteFile(to.get(), data.data(), static_cast<DWORD>(data.size()), &moved, nullptr),
      "WriteFile");
}

std::string take(const handle& from) {
  std::array<char, 100> text{};
  DWORD moved = 0;
  support::require(::ReadFile(from.get(), text.data(), text.size(), &moved, nullptr), "ReadFile");
  return {text.data(), moved};
}

// The rights in an access list, in its order, and whether each is for everyone.
struct entry {
  ACCESS_MASK mask = 0;
  bool is_for_everyone = false;
};

std::vector<entry> rights_of(strait::native_handle h) {
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR all = nullptr;
  const auto code = ::GetSecurityInfo(h, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                                      nullptr, &list, nullptr, &all);
  REQUIRE(code == ERROR_SUCCESS);
  const std::unique_ptr<void, decltype(&::LocalFree)> memory{all, ::LocalFree};
  REQUIRE(list != nullptr);  // none would be: open to everyone
  std::vector<entry> found;
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* raw = nullptr;
    REQUIRE(::GetAce(list, i, &raw) != FALSE);
    auto* const ace = static_cast<ACCESS_ALLOWED_ACE*>(raw);
    found.push_back({.mask = ace->Mask,
                     .is_for_everyone = ::IsWellKnownSid(&ace->SidStart, WinWorldSid) != FALSE});
  }
  return found;
}

// A connection between this program as it is, and as one that knows nothing of strait.
struct foreign_connection {
  handle client;
  local_stream server;
};

foreign_connection connect_as_other(DWORD mode) {
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(native_name{name}));
  auto client = open_pipe(name, mode);
  return {.client = std::move(client), .server = or_throw(listener.accept(soon))};
}

}  // namespace

TEST_CASE("any program that opens a pipe talks to a listener", "[local][win32]") {
  for (const auto mode : std::array<DWORD, 2>{PIPE_READMODE_BYTE, PIPE_READMODE_MESSAGE}) {
    auto [client, server] = connect_as_other(mode);

    put(client, as_bytes("hello"));
    CHECK(next_text(server, 5) == "hello");
    REQUIRE(server.write(as_bytes("and back"), soon) == 8);
    CHECK(take(client) == "and back");
    REQUIRE(client.close());
    CHECK(support::rest_of(server).empty());
  }
}

TEST_CASE("a native name may have its beginning", "[local][win32]") {
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(native_name{R"(\\.\pipe\)" + name}));

  auto [client, server] = support::connect_to(listener, native_name{name});

  CHECK(support::talk(client, server));
}

TEST_CASE("the whole of a foreign program's message is read, in pieces", "[local][win32]") {
  auto [client, server] = connect_as_other(PIPE_READMODE_MESSAGE);
  std::array<std::byte, 2> two{};

  put(client, as_bytes("abc"));
  put(client, as_bytes("d"));

  CHECK(server.read(two, soon) == 2);
  CHECK(server.read(two) == 1);  // the rest of the message, and no other
  CHECK(server.read(two, soon) == 1);
}

TEST_CASE("a message of nothing is the end", "[local][win32]") {
  auto [client, server] = connect_as_other(PIPE_READMODE_MESSAGE);

  put(client, as_bytes("last words"));
  put(client, {});
  CHECK(support::text_of(support::rest_of(server)) == "last words");
  REQUIRE(server.finish());
  CHECK(take(client).empty());
}

TEST_CASE("a pipe of bytes is a stream, too, but cannot be finished", "[local][win32]") {
  const auto name = support::unique_name();
  const auto server = make_byte_pipe(name);
  // Wine does not say whose pipe it is if its maker did not.
  const auto trusted = support::under_wine() ? access::everyone : access::owner;
  auto client = or_throw(local_stream::connect(native_name{name}, soon, {.who = trusted}));
  const std::array some{server.get()};

  put(server, as_bytes("welcome"));
  CHECK(next_text(client, 7) == "welcome");
  REQUIRE(client.write(as_bytes("thanks"), soon) == 6);
  CHECK(take(server) == "thanks");
  CHECK(why(client.finish()) == std::errc::not_supported);
  CHECK(why(client.send_handles(some, soon)) == std::errc::not_supported);
  CHECK(client.write(as_bytes("still open"), soon) == 10);
}

TEST_CASE("a synchronous pipe cannot be adopted as a stream", "[local][win32]") {
  auto [client, server] = connect_as_other(PIPE_READMODE_MESSAGE);

  // NOLINTNEXTLINE(bugprone-use-after-move): each test has a client of its own
  CHECK(why(local_stream::adopt(std::move(client))) == std::errc::not_supported);
}

TEST_CASE("a stream is open to its owner alone", "[local][win32]") {
  auto named = support::connected();
  auto pair = or_throw(local_stream::create_pair());

  for (const auto* end : {&named.client, &named.server, &pair.first, &pair.second}) {
    const auto found = rights_of(end->native());
    REQUIRE(found.size() == 1);
    CHECK_FALSE(found[0].is_for_everyone);
  }
}

TEST_CASE("who else may connect may not listen", "[local][win32]") {
  const strait::name name{support::unique_name(), strait::scope::machine};
  auto listener = or_throw(local_listener::create(name, {.who = access::everyone}));
  auto [client, server] = support::connect_to(listener, name);

  const auto found = rights_of(server.native());
  REQUIRE(found.size() == 2);
  CHECK(found[1].is_for_everyone);
  CHECK((found[1].mask & FILE_READ_DATA) != 0);
  CHECK((found[1].mask & FILE_WRITE_DATA) != 0);
  CHECK((found[1].mask & (FILE_CREATE_PIPE_INSTANCE | WRITE_DAC | WRITE_OWNER | DELETE)) == 0);
}

TEST_CASE("connections of a listener that let everyone in do not let them into the next one",
          "[local][win32]") {
  const strait::name name{support::unique_name(), strait::scope::machine};
  auto listener = or_throw(local_listener::create(name, {.who = access::everyone}));
  auto old = support::connect_to(listener, name);
  REQUIRE(listener.close());

  auto next = or_throw(local_listener::create(name));
  auto fresh = support::connect_to(next, name);

  CHECK(rights_of(fresh.server.native()).size() == 1);
  CHECK(support::talk(old.client, old.server));
  CHECK(support::talk(fresh.client, fresh.server));
}

TEST_CASE("connections that are left of a listener are no listener", "[local][win32]") {
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto [client, server] = support::connect_to(listener, name);
  REQUIRE(listener.close());

  CHECK(why(local_stream::connect(name, soon)) == std::errc::connection_refused);
  CHECK(support::talk(client, server));
}

TEST_CASE("a native name that a living pipe has is in use", "[local][win32]") {
  if (support::under_wine()) return support::skip("Wine: every pipe is the first of its name");
  const native_name name{support::unique_name()};
  const auto listener = or_throw(local_listener::create(name));

  CHECK(why(local_listener::create(name)) == std::errc::address_in_use);
}

TEST_CASE("nobody can come from another machine", "[local][win32]") {
  auto [client, server] = support::connected();
  struct {
    ULONG type, configuration, most, now, in, unread, out, room, state, end;
  } facts{};
  using query = LONG(NTAPI*)(HANDLE, void*, void*, ULONG, int);
  // NOLINTNEXTLINE(bugprone-casting-through-void): as for every function found by its name
  const auto ask = reinterpret_cast<query>(reinterpret_cast<void*>(
      ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "NtQueryInformationFile")));
  std::array<void*, 2> status{};
  constexpr int file_pipe_local_information = 24;
  constexpr ULONG rejects_remote_clients = 2;

  REQUIRE(ask(server.native(), static_cast<void*>(status.data()), &facts, sizeof facts,
              file_pipe_local_information) == 0);

  if ((facts.type & rejects_remote_clients) == 0 && support::under_wine()) {
    return support::skip("Wine: a pipe does not say whom it rejects");
  }
  CHECK((facts.type & rejects_remote_clients) != 0);
}

TEST_CASE("a listener listens on when the threads that made it and used it are gone",
          "[local][win32]") {
  const auto name = support::unique_name();
  local_listener listener;
  std::jthread{[&] { listener = or_throw(local_listener::create(name, {.backlog = 2})); }}.join();

  for (int again = 0; again < 5; ++again) {
    std::string heard;
    std::jthread{[&] {
      auto [client, server] = support::connect_to(listener, name);
      or_throw(client.write(as_bytes("here"), soon));
      heard = next_text(server, 4);
    }}.join();
    CHECK(heard == "here");
  }
}

TEST_CASE("who has closed before being accepted is not taken for one that lives",
          "[local][win32]") {
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(name));
  auto client = or_throw(local_stream::connect(name, soon));
  REQUIRE(client.close());

  const auto server = or_throw(listener.accept(soon));

  CHECK_FALSE(or_throw(server.peer()).alive());
}

TEST_CASE("a listener's event is set as long as somebody waits to be accepted", "[local][win32]") {
  const auto name = support::unique_name();
  auto listener = or_throw(local_listener::create(name));
  const auto first = or_throw(local_stream::connect(name, soon));
  const auto second = or_throw(local_stream::connect(name, soon));

  REQUIRE(listener.accept(soon));
  CHECK(::WaitForSingleObject(listener.native(), 0) == WAIT_OBJECT_0);
  REQUIRE(listener.accept(soon));
  CHECK(::WaitForSingleObject(listener.native(), 0) == WAIT_TIMEOUT);
}
