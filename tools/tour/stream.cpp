// SPDX-License-Identifier: MIT
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t blocks = 1024;
constexpr std::size_t questions = 2000;

using question = std::array<std::byte, 64>;

/// What listens here, and how a child that is told where it is gets to it.
struct local {
  using stream = strait::local_stream;

  std::string where = own_name();
  strait::local_listener listener = or_throw(strait::local_listener::create(where));

  static stream connect(std::string_view to) { return or_throw(stream::connect(to, patience)); }
};

struct tcp {
  using stream = strait::tcp_stream;

  strait::tcp_listener listener = or_throw(strait::tcp_listener::create(own_endpoint));
  std::string where = or_throw(listener.local()).text();

  static stream connect(std::string_view to) {
    return or_throw(stream::connect(or_throw(strait::endpoint::parse(to)), patience));
  }
};

/// Where temporary files belong, as UTF-8.
std::string path_of(const std::string& name) {
  const auto path = (std::filesystem::temp_directory_path() / name).u8string();
  return {path.begin(), path.end()};
}

struct by_path {
  using stream = strait::unix_stream;

  std::string where = path_of(own_name());
  strait::unix_listener listener = or_throw(strait::unix_listener::create(where));

  static stream connect(std::string_view to) { return or_throw(stream::connect(to, patience)); }
};

/// A child that finds this process, and the stream to it.
template <class Kind>
struct meeting {
  strait::child child;
  typename Kind::stream stream;
};

template <class Kind>
meeting<Kind> meet(std::string_view role) {
  Kind at;
  auto [reader, writer] = or_throw(strait::pipe::create());
  or_throw(write_all(writer, strait::as_bytes(at.where), patience));
  auto self = myself_as(role);
  self.give.emplace_back("where", std::move(reader));
  meeting<Kind> m{.child = or_throw(strait::spawn(self)), .stream = {}};
  m.stream = or_throw(at.listener.accept(patience));
  return m;
}

template <class Kind>
typename Kind::stream meet_parent() {
  auto from = or_throw(strait::inherited<strait::pipe_reader>("where"));
  std::array<std::byte, 512> buffer;
  const auto size = or_throw(from.read(buffer, patience));
  return Kind::connect(strait::as_text(std::span{buffer}.first(size)));
}

/// Reads to the end and answers with how much it was.
template <class Kind>
void count_bytes() {
  auto parent = meet_parent<Kind>();
  std::vector<std::byte> buffer(block_size);
  std::array<std::uint64_t, 1> total{};
  while (const auto got = or_throw(parent.read(buffer, patience))) total[0] += got;
  or_throw(write_all(parent, std::as_bytes(std::span{total}), patience));
}

template <class Kind>
outcome send_blocks(std::string_view role) {
  auto [counter, ours] = meet<Kind>(role);
  const std::vector<std::byte> block(block_size);
  for (std::size_t i = 0; i < blocks; ++i) or_throw(write_all(ours, block, patience));
  or_throw(ours.finish());
  std::array<std::uint64_t, 1> counted{};
  or_throw(read_exactly(ours, std::as_writable_bytes(std::span{counted}), patience));
  expect(or_throw(counter.wait(patience)).success(), "the child failed");
  expect(counted[0] == blocks * block_size, "bytes were lost");
  return {.messages = blocks, .bytes = static_cast<std::size_t>(counted[0]), .round_trips = {}};
}

template <class Kind>
void echo() {
  auto parent = meet_parent<Kind>();
  question heard;
  for (std::size_t i = 0; i < questions; ++i) {
    or_throw(read_exactly(parent, heard, patience));
    or_throw(write_all(parent, heard, patience));
  }
}

template <class Kind>
outcome ask(std::string_view role) {
  auto [partner, ours] = meet<Kind>(role);
  question asked{};
  question answer;
  auto times = time_each(questions, [&, &stream = ours] {
    asked[0] = static_cast<std::byte>(std::to_integer<int>(asked[0]) + 1);
    or_throw(write_all(stream, asked, patience));
    or_throw(read_exactly(stream, answer, patience));
    expect(asked == answer, "another answer than asked for");
  });
  expect(or_throw(partner.wait(patience)).success(), "the child failed");
  return {.messages = 2 * questions,
          .bytes = 2 * questions * sizeof(question),
          .round_trips = std::move(times)};
}

/// Both conversations over one kind of stream.
template <class Kind>
void add(std::vector<stop>& all, std::array<std::string_view, 2> mechanisms,
         std::string_view primitive, std::array<std::string_view, 2> roles) {
  all.push_back({.mechanism = mechanisms[0], .primitive = primitive, .role = roles[0], .here = [=] {
    return send_blocks<Kind>(roles[0]);
  }, .there = count_bytes<Kind>});
  all.push_back({.mechanism = mechanisms[1], .primitive = primitive, .role = roles[1], .here = [=] {
    return ask<Kind>(roles[1]);
  }, .there = echo<Kind>});
}

/// Windows has them since version 1803.
bool has_unix_sockets() {
  const auto tried = strait::unix_stream::connect("/no/such/socket", patience);
  return tried.error() != strait::condition::address_family_not_supported;
}

}  // namespace

void add_streams(std::vector<stop>& all) {
  add<local>(all, {"local_stream, one way", "local_stream, question and answer"},
             strait::on_windows ? "duplex named pipe" : "Unix domain socket",
             {"count-local", "echo-local"});
  add<tcp>(all, {"tcp_stream, one way", "tcp_stream, question and answer"}, "TCP",
           {"count-tcp", "echo-tcp"});
  if (!has_unix_sockets()) return;
  add<by_path>(all, {"unix_stream, one way", "unix_stream, question and answer"},
               "Unix domain socket", {"count-unix", "echo-unix"});
}

}  // namespace tour
