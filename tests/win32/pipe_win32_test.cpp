// SPDX-License-Identifier: MIT
// Pipes as Windows has them: overlapped ends for strait, synchronous ones for ordinary programs.
#include "support/win32/win32.hpp"

#include <aclapi.h>
#include <strait/pipe.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <strait/process.hpp>
#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::handle;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

const support::role does_nothing{"win32.does_nothing", [](support::role_args) { return 0; }};

std::pair<handle, handle> ends_of_create_pipe() {
  HANDLE reader = nullptr;
  HANDLE writer = nullptr;
  support::require(::CreatePipe(&reader, &writer, nullptr, 0), "CreatePipe");
  return {handle::adopt(reader), handle::adopt(writer)};
}

}  // namespace

TEST_CASE("synchronous ends cannot be adopted, because no wait on them could be ended",
          "[pipe][win32]") {
  auto plain = or_throw(strait::plain_pipe::create());
  auto [reader, writer] = ends_of_create_pipe();

  CHECK(why(strait::pipe_reader::adopt(std::move(plain.reader))) == std::errc::not_supported);
  CHECK(why(strait::pipe_writer::adopt(std::move(plain.writer))) == std::errc::not_supported);
  const auto read = strait::pipe_reader::adopt(std::move(reader));
  const auto write = strait::pipe_writer::adopt(std::move(writer));
  CHECK(why(read) == std::errc::not_supported);
  CHECK(why(write) == std::errc::not_supported);
}

TEST_CASE("the ends of a plain pipe work as ordinary programs use them", "[pipe][win32]") {
  const auto plain = or_throw(strait::plain_pipe::create());
  std::array<char, 5> buffer{};
  DWORD moved = 0;

  REQUIRE(::WriteFile(plain.writer.get(), "plain", 5, &moved, nullptr) != FALSE);
  CHECK(moved == 5);
  REQUIRE(::ReadFile(plain.reader.get(), buffer.data(), 5, &moved, nullptr) != FALSE);
  CHECK(std::string_view{buffer.data(), moved} == "plain");
}

TEST_CASE("an end of a strait pipe is no stream for an ordinary program", "[process][win32]") {
  auto one = or_throw(strait::pipe::create());
  auto two = or_throw(strait::pipe::create());
  auto command = does_nothing.command();

  command.input = strait::redirect::to(one.reader.release());
  CHECK(why(strait::spawn(command)) == std::errc::not_supported);
  command.input = {};
  command.output = strait::redirect::to(two.writer.release());
  CHECK(why(strait::spawn(command)) == std::errc::not_supported);
}

TEST_CASE("a pipe is open to its owner alone", "[pipe][win32]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  PACL rights = nullptr;
  PSECURITY_DESCRIPTOR all = nullptr;
  REQUIRE(::GetSecurityInfo(reader.native(), SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                            nullptr, &rights, nullptr, &all) == ERROR_SUCCESS);
  const std::unique_ptr<void, decltype(&::LocalFree)> memory{all, ::LocalFree};

  REQUIRE(rights != nullptr);  // none would be: open to everyone
  CHECK(rights->AceCount == 1);
  void* entry = nullptr;
  REQUIRE(::GetAce(rights, 0, &entry) != FALSE);
  auto* const sid = &static_cast<ACCESS_ALLOWED_ACE*>(entry)->SidStart;
  CHECK(::IsWellKnownSid(sid, WinWorldSid) == FALSE);
  CHECK(::IsWellKnownSid(sid, WinAuthenticatedUserSid) == FALSE);
}

TEST_CASE("a reader closes while a write without a deadline waits", "[pipe][win32]") {
  auto [reader, writer] = or_throw(strait::pipe::create());
  const auto much = support::noise(4 * 1024 * 1024);
  strait::result<std::size_t> written;

  {
    const std::jthread waiting{[&, &to = writer] { written = to.write(much); }};
    std::byte one{};
    REQUIRE(reader.read({&one, 1}, soon) == 1);  // it has begun
    REQUIRE(reader.close());
  }

  CHECK(why(written) == std::errc::broken_pipe);
}
