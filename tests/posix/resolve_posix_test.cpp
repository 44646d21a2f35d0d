// SPDX-License-Identifier: MIT
// What a name server may do to who asks it: the process that asks has a network of its own, in
// which the name server is a thread.
#include <strait/resolve.hpp>

#include <sys/mount.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/posix/network.hpp"
#include "support/posix/sockets.hpp"
#include "support/role.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using namespace std::chrono_literals;
using strait::condition;
using strait::or_throw;
using strait::resolve;
using support::exit_code;
using support::soon;
using support::why;
using steady = std::chrono::steady_clock;

namespace {

constexpr int not_possible_here = 77;

using packet = std::vector<std::uint8_t>;

// The first label of the name that a question is about.
std::string first_label(const packet& question) {
  constexpr std::size_t header = 12;
  const std::size_t size = question.at(header);
  return {question.begin() + header + 1,
          question.begin() + static_cast<std::ptrdiff_t>(header + 1 + size)};
}

// A: 192.0.2.1 and 192.0.2.2. AAAA: 2001:db8::1.
packet records_for(std::uint8_t type) {
  const packet v4{0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2};
  packet all;
  if (type == 1) {
    for (std::uint8_t last = 1; last <= 2; ++last) {
      all.insert(all.end(), v4.begin(), v4.end());
      all.push_back(last);
    }
  } else {
    all = {0xC0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0x20, 1, 0x0D, 0xB8};
    all.resize(all.size() + 11);
    all.push_back(1);
  }
  return all;
}

// What the server says; nothing if it keeps silent.
std::optional<packet> answer_to(const packet& question) {
  const auto name = first_label(question);
  if (name == "silent") return std::nullopt;
  auto answer = question;
  // Without what may stand behind the question itself.
  const auto name_end = std::find(answer.begin() + 12, answer.end(), std::uint8_t{0});
  answer.erase(name_end + 5, answer.end());
  const std::uint8_t type = *(name_end + 2);
  answer[2] = 0x81;
  answer[3] = 0x80;
  for (std::size_t i = 6; i < 12; ++i) answer[i] = 0;
  if (name == "unknown") {
    answer[3] |= 3;
  } else if (name == "broken") {
    answer[3] |= 2;
  } else {
    const auto records = records_for(type);
    answer[7] = type == 1 ? 2 : 1;
    answer.insert(answer.end(), records.begin(), records.end());
  }
  return answer;
}

class name_server {
 public:
  name_server() : socket_{strait::handle::adopt(::socket(AF_INET, SOCK_DGRAM, 0))} {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(53);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const address = reinterpret_cast<const sockaddr*>(&here);
    support::require_call(::bind(socket_.get(), address, sizeof here) == 0, "bind");
    support::require_call(::connect(bell_.get(), address, sizeof here) == 0, "connect");
    serving_ = std::jthread{[fd = socket_.get()] { serve(fd); }};
  }
  name_server(const name_server&) = delete;
  name_server& operator=(const name_server&) = delete;
  ~name_server() { ::send(bell_.get(), "", 0, 0); }

 private:
  // Until an empty message comes.
  static void serve(int fd) {
    for (;;) {
      packet question(512);
      sockaddr_storage from{};
      socklen_t from_size = sizeof from;
      auto* const address = reinterpret_cast<sockaddr*>(&from);
      const auto size = ::recvfrom(fd, question.data(), question.size(), 0, address, &from_size);
      if (size <= 0) return;
      if (size <= 12) continue;
      question.resize(static_cast<std::size_t>(size));
      if (const auto answer = answer_to(question)) {
        static_cast<void>(::sendto(fd, answer->data(), answer->size(), 0, address, from_size));
      }
    }
  }

  strait::handle socket_;
  strait::handle bell_ = strait::handle::adopt(::socket(AF_INET, SOCK_DGRAM, 0));
  std::jthread serving_;
};

bool use_own_name_server() {
  const support::temp_directory directory;
  const auto file = directory / u8"resolv.conf";
  support::make_file(file, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  if (!support::enter_own_network()) return false;
#if defined(MS_BIND) && defined(MS_PRIVATE)
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(file.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0;
#else
  return false;
#endif
}

int fails_in_time(const strait::deadline& until, condition expected, steady::duration least) {
  const auto begin = steady::now();
  if (why(resolve("silent.test", "80", until)) != expected) return 1;
  const auto took = steady::now() - begin;
  return took >= least && took < 900ms ? 0 : 2;  // the resolver itself takes a second
}

// What to try.
const support::role asks{"resolve.asks", [](support::role_args args) {
  if (!use_own_name_server()) return not_possible_here;
  static const name_server server;
  if (args[0] == "deadline") return fails_in_time(200ms, condition::timed_out, 200ms);
  if (args[0] == "now") return fails_in_time(0ms, condition::timed_out, 0ms);
  if (args[0] == "stop") {
    std::stop_source stop;
    const std::jthread stopper{[&stop] { stop.request_stop(); }};
    return fails_in_time(stop.get_token(), condition::operation_canceled, 0ms);
  }
  if (args[0] == "silent") {
    return why(resolve("silent.test", "80")) == condition::resource_unavailable_try_again ? 0 : 1;
  }
  if (args[0] == "unknown") {
    const auto refused = why(resolve("unknown.test", "80", soon));
    const bool says_so = std::string_view{refused.hint}.starts_with("EAI_");
    return refused == condition::unknown_host && says_so ? 0 : 1;
  }
  if (args[0] == "broken") return resolve("broken.test", "80", soon) ? 1 : 0;
  const auto all = or_throw(resolve("many.test", "80", soon));
  std::vector<std::string> found;
  for (const auto& one : all) found.push_back(one.text());
  std::ranges::sort(found);
  return found == std::vector<std::string>{"192.0.2.1:80", "192.0.2.2:80", "[2001:db8::1]:80"} ? 0
                                                                                               : 1;
}};

void check_that(const std::string& what) {
  const auto outcome = support::outcome_of(asks.command({what}));
  if (outcome == exit_code(not_possible_here)) {
    return support::skip("only root on Linux can have a network of its own");
  }
  CHECK(outcome == exit_code(0));
}

}  // namespace

TEST_CASE("every address of a host is found", "[resolve][posix]") {
  check_that("many");
}

TEST_CASE("a name server that says nothing holds nobody beyond a deadline", "[resolve][posix]") {
  check_that("deadline");
}

TEST_CASE("no time at all is enough to be told so", "[resolve][posix]") {
  check_that("now");
}

TEST_CASE("a stop ends resolving", "[resolve][posix]") {
  check_that("stop");
}

TEST_CASE("a silent name server is told from an unknown host", "[resolve][posix]") {
  check_that("silent");
  check_that("unknown");
}

TEST_CASE("a name server that fails is an error", "[resolve][posix]") {
  check_that("broken");
}
