// SPDX-License-Identifier: MIT
#include <array>
#include <atomic>
#include <bit>
#include <filesystem>
#include <string>
#include <vector>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t rounds = 500;

/// A file of this tour's own, which is not there yet and does not stay.
class own_file {
 public:
  own_file() : path_{std::filesystem::temp_directory_path() / own_name()} {}
  own_file(const own_file&) = delete;
  own_file& operator=(const own_file&) = delete;
  ~own_file() {
    std::error_code is_not_there;
    std::filesystem::remove(path_, is_not_there);
  }

  [[nodiscard]] std::string path() const {
    const auto text = path_.u8string();
    return {text.begin(), text.end()};
  }

 private:
  std::filesystem::path path_;
};

struct partner {
  strait::duplex_pipe talk;
  strait::child process;
};

/// Starts a child that hears the path of a file, and waits until it has answered.
partner start_with(const own_file& file, std::string_view role) {
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto self = myself_as(role);
  self.give.emplace_back("parent", std::move(theirs));
  auto child = or_throw(strait::spawn(self));
  or_throw(send_frame(ours, strait::as_bytes(file.path()), patience));
  std::array<std::byte, 1> answer;
  or_throw(read_exactly(ours, answer, patience));
  return {.talk = std::move(ours), .process = std::move(child)};
}

std::string hear_path(strait::duplex_pipe& parent) {
  constexpr std::size_t longest = 4096;
  std::vector<std::byte> text;
  expect(or_throw(receive_frame(parent, text, longest, patience)), "no path came");
  return std::string{strait::as_text(text)};
}

void answer_and_stay(strait::duplex_pipe& parent) {
  or_throw(write_all(parent, strait::as_bytes("!"), patience));
  std::array<std::byte, 1> nothing;
  static_cast<void>(parent.read(nothing, patience));
}

std::atomic_ref<std::uint64_t> counter_in(strait::mapped_file& file) {
  return std::atomic_ref{*reinterpret_cast<std::uint64_t*>(file.writable_bytes().data())};
}

void count_once() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  auto file = or_throw(strait::mapped_file::open_or_create(hear_path(parent), 8));
  ++counter_in(file);
  answer_and_stay(parent);
}

outcome count_together() {
  const own_file place;
  auto file = or_throw(strait::mapped_file::create(place.path(), 8));
  auto other = start_with(place, "count-once");
  or_throw(other.process.kill());
  auto times = time_each(rounds, [&] { ++counter_in(file); });
  std::array<std::byte, 8> in_the_file{};
  expect(or_throw(file.read_at(0, in_the_file)) == in_the_file.size(), "a short file");
  expect(std::bit_cast<std::uint64_t>(in_the_file) == rounds + 1, "a count was lost");
  return {.messages = rounds, .bytes = 8 * rounds, .round_trips = std::move(times)};
}

void lock_and_stay() {
  auto parent = or_throw(strait::inherited<strait::duplex_pipe>("parent"));
  auto file = or_throw(strait::file_lock::open(hear_path(parent)));
  const auto held = or_throw(file.lock(patience));
  answer_and_stay(parent);
}

outcome lock_and_survive() {
  const own_file place;
  auto file = or_throw(strait::file_lock::open(place.path()));
  auto times = time_each(rounds, [&] {
    auto held = or_throw(file.lock(patience));
    or_throw(held.release());
  });
  auto other = start_with(place, "lock-and-stay");
  expect(!file.lock(std::chrono::milliseconds{0}), "two have the lock");
  or_throw(other.process.kill());
  expect(file.lock(patience).has_value(), "a dead process has the lock");
  return {.messages = rounds, .bytes = 0, .round_trips = std::move(times)};
}

}  // namespace

void add_files(std::vector<stop>& all) {
  all.push_back({.mechanism = "mapped_file, counted in",
                 .primitive = strait::on_windows ? "MapViewOfFile" : "mmap",
                 .role = "count-once",
                 .here = count_together,
                 .there = count_once});
  all.push_back({.mechanism = "file_lock, taken and given back",
                 .primitive = strait::on_windows ? "LockFileEx" : "OFD lock or flock",
                 .role = "lock-and-stay",
                 .here = lock_and_survive,
                 .there = lock_and_stay});
}

}  // namespace tour
