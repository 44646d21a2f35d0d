// SPDX-License-Identifier: MIT
// UDP as other programs of Windows meet it.
#include "support/win32/win32.hpp"

#include <winsock2.h>
#include <ws2tcpip.h>

#include <strait/udp.hpp>

#include <array>
#include <chrono>
#include <utility>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/udp.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::socket_handle;
using strait::udp_socket;
using support::next_message;
using support::udp_place;
using support::why;

namespace {

// A socket as programs make it that know nothing of strait.
socket_handle foreign_socket() {
  auto made = socket_handle::adopt(
      ::WSASocketW(AF_INET, SOCK_DGRAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED));
  REQUIRE(made);
  return made;
}

sockaddr_in address_of(const udp_socket& s) {
  sockaddr_in here{};
  int size = sizeof here;
  REQUIRE(::getsockname(s.native(), reinterpret_cast<sockaddr*>(&here), &size) == 0);
  return here;
}

}  // namespace

TEST_CASE("after messages that were refused a receive on Windows waits quietly", "[udp]") {
  udp_place asks;
  udp_place other;
  std::array<std::byte, 8> into{};
  std::array<strait::received_datagram, 1> many{{{.into = into}}};
  for (int i = 0; i < 20; ++i) {
    REQUIRE(asks.socket.send_to(support::nowhere(), as_bytes("anyone?")));
    CHECK(why(asks.socket.receive_from(into, 5ms)) == condition::timed_out);
    CHECK(why(asks.socket.receive_many(many, 0ms)) == condition::timed_out);
    CHECK(why(strait::wait_any({asks.socket.readable()}, 0ms)) == condition::timed_out);
  }
  REQUIRE(other.socket.send_to(asks.at, as_bytes("me")));
  CHECK(next_message(asks.socket) == "me");
}

TEST_CASE("a socket that was adopted hears nothing of refusals on Windows", "[udp]") {
  const udp_place place;
  auto foreign = foreign_socket();
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(foreign.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  auto adopted = or_throw(udp_socket::adopt(std::move(foreign)));
  std::array<std::byte, 8> into{};
  REQUIRE(adopted.send_to(support::nowhere(), as_bytes("anyone?")));
  CHECK(why(adopted.receive_from(into, 30ms)) == condition::timed_out);
}

TEST_CASE("no program of Windows takes the port of a UDP socket by force", "[udp]") {
  udp_place first;
  const auto here = address_of(first.socket);
  const auto foreign = foreign_socket();
  const BOOL on = TRUE;
  REQUIRE(::setsockopt(foreign.get(), SOL_SOCKET, SO_REUSEADDR, reinterpret_cast<const char*>(&on),
                       sizeof on) == 0);
  CHECK(::bind(foreign.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0);
}

TEST_CASE("a UDP socket is not inherited, and Winsock does not wait with it", "[udp]") {
  const udp_place place;
  DWORD flags = 0;
  REQUIRE(::GetHandleInformation(strait::as_handle(place.socket.native()), &flags));
  CHECK((flags & HANDLE_FLAG_INHERIT) == 0);
  char into = 0;
  CHECK(::recv(place.socket.native(), &into, 1, 0) == SOCKET_ERROR);
  CHECK(::WSAGetLastError() == WSAEWOULDBLOCK);
}
