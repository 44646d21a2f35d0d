// SPDX-License-Identifier: MIT
// FIFOs as Windows has them: instances of a named pipe of messages, merged by the reader.
#include "support/win32/win32.hpp"

#include <aclapi.h>
#include <sddl.h>
#include <strait/fifo.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::at_end;
using strait::fifo_reader;
using strait::fifo_writer;
using strait::handle;
using strait::native_name;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

// A pipe's name that no other test uses, and its path.
struct pipe_name {
  std::string name = support::unique_name();
  std::wstring path = LR"(\\.\pipe\)" + support::widen(name);

  [[nodiscard]] native_name native() const { return native_name{name}; }
};

// A writer that knows nothing of strait.
class raw_writer {
 public:
  explicit raw_writer(const std::wstring& path)
      : pipe_{::CreateFileW(path.c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr)} {
    support::require(pipe_ != INVALID_HANDLE_VALUE ? TRUE : FALSE, "CreateFile");
    owned_ = handle::adopt(pipe_);
  }

  void write(std::string_view text) const {
    DWORD moved = 0;
    support::require(
        ::WriteFile(pipe_, text.data(), static_cast<DWORD>(text.size()), &moved, nullptr),
        "WriteFile");
  }
  void close() { static_cast<void>(owned_.close()); }

 private:
  HANDLE pipe_;
  handle owned_;
};

std::string read_some(fifo_reader& from, std::size_t most = 64) {
  std::vector<std::byte> buffer(most);
  const auto size = or_throw(from.read(buffer, soon));
  return support::text_of(strait::bytes{buffer}.first(size));
}

std::wstring user_sid() {
  HANDLE raw = nullptr;
  support::require(::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &raw), "OpenProcess");
  const auto token = handle::adopt(raw);
  alignas(TOKEN_USER) std::array<std::byte, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> user{};
  DWORD size = 0;
  support::require(::GetTokenInformation(token.get(), TokenUser, user.data(),
                                         static_cast<DWORD>(user.size()), &size),
                   "GetTokenInformation");
  wchar_t* text = nullptr;
  support::require(
      ::ConvertSidToStringSidW(reinterpret_cast<TOKEN_USER*>(user.data())->User.Sid, &text),
      "ConvertSidToStringSid");
  std::wstring sid{text};
  ::LocalFree(text);
  return sid;
}

// Where the documentation says that a FIFO is.
std::wstring documented_path(const std::string& name) {
  DWORD session = 0;
  support::require(::ProcessIdToSessionId(::GetCurrentProcessId(), &session), "session");
  return LR"(\\.\pipe\strait.)" + std::to_wstring(session) + L"." + user_sid() + L"." +
         support::widen(name) + L".fifo";
}

}  // namespace

TEST_CASE("a program that knows nothing of strait writes to a FIFO", "[fifo][win32]") {
  const auto name = support::unique_name();
  auto reader = or_throw(fifo_reader::create(name));
  raw_writer writer{documented_path(name)};

  writer.write("from outside");
  CHECK(read_some(reader) == "from outside");
  writer.write("the last");
  writer.close();

  CHECK(read_some(reader) == "the last");
  std::byte one{};
  CHECK(reader.read({&one, 1}, soon) == 0);
}

TEST_CASE("a native name reaches a pipe with or without what stands before it", "[fifo][win32]") {
  const pipe_name pipe;
  auto reader = or_throw(fifo_reader::create(pipe.native()));

  for (const auto& text : {pipe.name, support::narrow(pipe.path)}) {
    auto writer = or_throw(fifo_writer::open(native_name{text}, soon));
    REQUIRE(writer.write(as_bytes("x"), soon) == 1);
    CHECK(read_some(reader) == "x");
  }
}

TEST_CASE("a message is read to its end before another writer's begins", "[fifo][win32]") {
  const pipe_name pipe;
  auto reader = or_throw(fifo_reader::create(pipe.native()));
  const raw_writer one{pipe.path};
  const raw_writer two{pipe.path};
  one.write("aaaaaa");
  two.write("bbbbbb");

  const auto first = read_some(reader, 4);
  CHECK(first.size() == 4);
  const auto rest = read_some(reader, 4);
  CHECK(first + rest == std::string(6, first[0]));
  const auto other = read_some(reader, 64);
  CHECK(other == std::string(6, first[0] == 'a' ? 'b' : 'a'));
}

TEST_CASE("what a writer left is read before what comes after it", "[fifo][win32]") {
  const pipe_name pipe;
  auto reader = or_throw(fifo_reader::create(pipe.native()));
  for (const std::string_view round : {"abcdefg", "hijklmn"}) {
    for (const char letter : round) {
      raw_writer writer{pipe.path};
      writer.write({&letter, 1});
      writer.write("-");
      writer.close();
    }
    std::string all;
    for (int i = 0; i < 14; ++i) all += read_some(reader);
    std::string expected;
    for (const char letter : round) expected += {letter, '-'};
    CHECK(all == expected);
  }
}

TEST_CASE("writers take turns", "[fifo][win32]") {
  const pipe_name pipe;
  auto reader = or_throw(fifo_reader::create(pipe.native()));
  const raw_writer one{pipe.path};
  const raw_writer two{pipe.path};
  for (int i = 0; i < 4; ++i) one.write("a");
  for (int i = 0; i < 4; ++i) two.write("b");

  std::string all;
  for (int i = 0; i < 8; ++i) all += read_some(reader);

  CHECK((all == "abababab" || all == "babababa"));
}

TEST_CASE("a message of no bytes is no message, and no end", "[fifo][win32]") {
  const pipe_name pipe;
  auto reader = or_throw(fifo_reader::create(pipe.native()));
  raw_writer writer{pipe.path};
  std::byte one{};
  writer.write("");
  writer.write("");

  CHECK(why(reader.read({&one, 1}, 20ms)) == std::errc::timed_out);
  writer.write("");
  writer.write("x");
  writer.write("");
  CHECK(read_some(reader) == "x");
  CHECK(why(reader.read({&one, 1}, 20ms)) == std::errc::timed_out);
  writer.close();
  CHECK(reader.read({&one, 1}, soon) == 0);
}

TEST_CASE("who sends messages of no bytes all the time holds nobody beyond a deadline",
          "[fifo][win32]") {
  const pipe_name pipe;
  auto reader = or_throw(fifo_reader::create(pipe.native()));
  std::atomic<bool> is_over = false;
  const raw_writer writer{pipe.path};
  std::jthread flood{[&] {
    while (!is_over) writer.write("");
  }};
  std::byte one{};

  CHECK(why(reader.read({&one, 1}, 100ms)) == std::errc::timed_out);
  auto other = or_throw(fifo_writer::open(pipe.native(), soon));
  REQUIRE(other.write(as_bytes("x"), soon) == 1);
  CHECK(reader.read({&one, 1}, soon) == 1);

  is_over = true;
  REQUIRE(reader.close());  // which ends a write that waits
}

TEST_CASE("writers beyond the eighth wait until the reader reads", "[fifo][win32]") {
  const pipe_name pipe;
  auto reader = or_throw(fifo_reader::create(pipe.native(), {.end = at_end::wait_for_next}));
  std::vector<fifo_writer> writers;
  for (int i = 0; i < 8; ++i) writers.push_back(or_throw(fifo_writer::open(pipe.native(), 0ms)));
  CHECK(why(fifo_writer::open(pipe.native(), 20ms)) == std::errc::timed_out);

  std::byte one{};
  CHECK(why(reader.read({&one, 1}, 20ms)) == std::errc::timed_out);
  CHECK(fifo_writer::open(pipe.native(), 0ms));
}

TEST_CASE("a FIFO reader outlives the thread that made it", "[fifo][win32]") {
  const pipe_name pipe;
  fifo_reader reader;
  fifo_writer writer;
  std::byte one{};
  std::jthread{[&] {
    reader = or_throw(fifo_reader::create(pipe.native()));
    writer = or_throw(fifo_writer::open(pipe.native(), soon));
    static_cast<void>(reader.read({&one, 1}, 20ms));
  }}.join();

  REQUIRE(writer.write(as_bytes("x"), soon) == 1);
  CHECK(read_some(reader) == "x");
  auto next = or_throw(fifo_writer::open(pipe.native(), soon));
  REQUIRE(next.write(as_bytes("y"), soon) == 1);
  CHECK(read_some(reader) == "y");
}

TEST_CASE("a FIFO is open to its owner alone", "[fifo][win32]") {
  const auto name = support::unique_name();
  const auto reader = or_throw(fifo_reader::create(name));
  const auto writer = or_throw(fifo_writer::open(name, soon));
  PACL rights = nullptr;
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR all = nullptr;
  REQUIRE(::GetSecurityInfo(writer.native(), SE_KERNEL_OBJECT,
                            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, nullptr,
                            &rights, nullptr, &all) == ERROR_SUCCESS);
  const std::unique_ptr<void, decltype(&::LocalFree)> memory{all, ::LocalFree};

  REQUIRE(rights != nullptr);  // none would be: open to everyone
  CHECK(rights->AceCount == 1);
  void* entry = nullptr;
  REQUIRE(::GetAce(rights, 0, &entry) != FALSE);
  CHECK(::EqualSid(owner, &static_cast<ACCESS_ALLOWED_ACE*>(entry)->SidStart) != FALSE);
}

TEST_CASE("a pipe that another user seems to own is not written to", "[fifo][win32]") {
  const strait::name name{support::unique_name(), strait::scope::machine};
  const auto path = LR"(\\.\pipe\strait.machine.)" + support::widen(name.text()) + L".fifo";
  support::security everyone{L"O:BGD:P(A;;GA;;;WD)"};
  const auto make = [&] {
    return handle::adopt(::CreateNamedPipeW(path.c_str(), PIPE_ACCESS_INBOUND, PIPE_TYPE_MESSAGE,
                                            PIPE_UNLIMITED_INSTANCES, 0, 4096, 0,
                                            &everyone.attributes));
  };
  auto stranger = make();
  if (stranger.get() == INVALID_HANDLE_VALUE) {
    static_cast<void>(stranger.release());
    return support::skip("only a privileged user may make what another one owns");
  }

  CHECK(why(fifo_writer::open(name, 0ms)) == std::errc::permission_denied);
  const auto more = make();
  CHECK(fifo_writer::open(name, 0ms, {.who = strait::access::everyone}));
}
