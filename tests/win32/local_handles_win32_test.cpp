// SPDX-License-Identifier: MIT
// Handles on their way through pipes, and peers that lie about them.
#include "support/win32/win32.hpp"

#include <winsock2.h>
#include <strait/local_stream.hpp>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <strait/process.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/local.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::handle;
using strait::local_stream;
using strait::or_throw;
using support::soon;
using support::why;

namespace {

// What send_handles writes.
std::vector<std::byte> forged(std::uint64_t magic, std::uint32_t count, std::uint32_t sockets,
                              const std::vector<std::uint64_t>& numbers) {
  std::vector<std::byte> message(16 + (numbers.size() * sizeof(std::uint64_t)));
  std::memcpy(message.data(), &magic, 8);
  std::memcpy(message.data() + 8, &count, 4);
  std::memcpy(message.data() + 12, &sockets, 4);
  if (!numbers.empty()) std::memcpy(message.data() + 16, numbers.data(), message.size() - 16);
  return message;
}

const support::role adopts_nothing{"local.adopts_nothing", [](support::role_args) {
  static_cast<void>(strait::wait_for_stop());
  return 0;
}};

struct winsock {
  winsock() {
    WSADATA facts{};
    if (::WSAStartup(MAKEWORD(2, 2), &facts) != 0) throw std::runtime_error{"WSAStartup"};
  }
  winsock(const winsock&) = delete;
  winsock& operator=(const winsock&) = delete;
  ~winsock() { ::WSACleanup(); }
};

// A socket that hears datagrams on this machine.
class datagrams {
 public:
  datagrams() : raw_{::socket(AF_INET, SOCK_DGRAM, 0)} {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    int size = sizeof address_;
    const bool works = ::bind(raw_, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 &&
                       ::getsockname(raw_, reinterpret_cast<sockaddr*>(&address_), &size) == 0;
    if (!works) throw std::runtime_error{"bind a socket"};
  }
  explicit datagrams(handle h) : raw_{reinterpret_cast<SOCKET>(h.release())} {}
  datagrams(const datagrams&) = delete;
  datagrams& operator=(const datagrams&) = delete;
  ~datagrams() { ::closesocket(raw_); }

  [[nodiscard]] strait::native_handle native() const noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a socket is a handle, but has another type
    return reinterpret_cast<strait::native_handle>(raw_);
  }
  void say_to(const datagrams& other, char letter) const {
    ::sendto(raw_, &letter, 1, 0, reinterpret_cast<const sockaddr*>(&other.address_),
             sizeof other.address_);
  }
  [[nodiscard]] char hear() const {
    char letter = 0;
    ::recv(raw_, &letter, 1, 0);
    return letter;
  }

 private:
  SOCKET raw_;
  sockaddr_in address_{};
};

}  // namespace

TEST_CASE("sockets go through a stream, among other handles", "[local][win32]") {
  const winsock started;
  auto [client, server] = support::connected();
  const datagrams here;
  const datagrams sent;
  const auto event = handle::adopt(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const std::array some{event.get(), sent.native(), event.get()};
  std::array<handle, 3> into;

  REQUIRE(client.send_handles(some, soon));
  REQUIRE(server.receive_handles(into, soon) == 3);
  const datagrams arrived{std::move(into[1])};
  here.say_to(sent, '!');

  CHECK(arrived.hear() == '!');
  CHECK(::SetEvent(into[0].get()) != FALSE);
  CHECK(::WaitForSingleObject(into[2].get(), 0) == WAIT_OBJECT_0);
  CHECK_FALSE(support::is_inheritable(arrived.native()));
}

TEST_CASE("numbers that a peer made up are no handles", "[local][win32]") {
  constexpr std::uint64_t magic = 0x31'7364'6e61'6873;
  auto [client, server] = support::connected();
  const auto event = handle::adopt(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const std::uint64_t ours = support::number_of(event.get());
  const std::uint64_t closed = support::number_of(support::stale_handle().release());
  const std::vector<std::vector<std::byte>> lies{
      forged(magic + 1, 1, 0, {ours}),
      forged(magic, 0, 0, {}),
      forged(magic, 2, 0, {ours}),
      forged(magic, 1, 0, {ours, ours}),
      forged(magic, 2, 0, {ours, ours}),
      forged(magic, 2, 0, {ours, ours + 1}),
      forged(magic, 2, 0, {ours, closed}),
      forged(magic, 1, 0, {0}),
      forged(magic, 1, 1, {0}),
      forged(magic, 1, 1, {ours}),
      forged(magic, 1, 0, {~std::uint64_t{0}}),
      forged(magic, 1, 0, {ours | 1ULL << 32U}),
      forged(magic, 65, 0, std::vector<std::uint64_t>(65, ours)),
      forged(magic, 1, 0xffffffff, {ours}),
      std::vector<std::byte>(50'000)};
  std::array<handle, 64> into;

  for (const auto& lie : lies) {
    REQUIRE(client.write(lie, soon) == lie.size());
    CHECK(why(server.receive_handles(into, soon)) == strait::condition::corrupted);
    std::vector<std::byte> rest(lie.size());
    while (server.read(rest, 0ms)) {
    }
  }

  CHECK(::SetEvent(event.get()) != FALSE);  // and ours were left alone
}

TEST_CASE("handles that could not be sent leave nothing in the peer", "[local][win32]") {
  auto [client, server] = support::connected();
  const auto event = handle::adopt(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const std::vector<strait::native_handle> many(64, event.get());
  const std::vector<std::byte> much(100);
  while (client.write(much, 0ms)) {
  }
  const auto before = support::count_open_handles();

  for (int again = 0; again < 3; ++again) {
    CHECK(why(client.send_handles(many, 0ms)) == std::errc::timed_out);
  }

  CHECK(support::count_open_handles() == before);
}

TEST_CASE("handles wait for a child that has not adopted its end, as long as it lives",
          "[local][win32]") {
  auto [here, there] = or_throw(local_stream::create_pair());
  const auto event = handle::adopt(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const std::array one{event.get()};
  auto command = adopts_nothing.command();
  command.give.emplace_back("talk", std::move(there));
  auto child = support::start(command);

  CHECK(why(here.send_handles(one, 50ms)) == std::errc::timed_out);
  REQUIRE(child.kill());
  CHECK(why(here.send_handles(one, soon)) == std::errc::broken_pipe);
  CHECK(support::end_of(child) == support::killed_by_strait());
}
