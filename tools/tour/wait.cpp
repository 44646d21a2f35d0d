// SPDX-License-Identifier: MIT
#include <array>

#include <fmt/core.h>

#include "tour.hpp"

namespace tour {
namespace {

using strait::or_throw;

constexpr std::size_t pipes = 100;
constexpr std::size_t questions = 2000;

std::string name_of(std::size_t number) {
  return fmt::format("pipe-{}", number);
}

/// Hears which pipe is asked for, and says a word there.
void answer_where_asked() {
  auto parent = or_throw(strait::inherited<strait::pipe_reader>("questions"));
  std::vector<strait::pipe_writer> answers;
  answers.reserve(pipes);
  for (std::size_t i = 0; i < pipes; ++i) {
    answers.push_back(or_throw(strait::inherited<strait::pipe_writer>(name_of(i))));
  }
  std::array<std::byte, 1> which;
  while (or_throw(parent.read(which, patience)) != 0) {
    or_throw(answers.at(std::to_integer<std::size_t>(which[0])).write(which, patience));
  }
}

outcome wait_for_any() {
  auto self = myself_as("answer-where-asked");
  auto [theirs, ours] = or_throw(strait::pipe::create());
  self.give.emplace_back("questions", std::move(theirs));
  std::vector<strait::pipe_reader> answers;
  std::vector<strait::readiness> things;
  for (std::size_t i = 0; i < pipes; ++i) {
    auto made = or_throw(strait::pipe::create());
    self.give.emplace_back(name_of(i), std::move(made.writer));
    answers.push_back(std::move(made.reader));
  }
  things.reserve(pipes);
  for (const auto& a : answers) things.push_back(a.readable());
  auto partner = or_throw(strait::spawn(self));

  std::size_t asked = 0;
  auto times = time_each(questions, [&] {
    asked = (asked + 37) % pipes;
    std::array word{static_cast<std::byte>(asked)};
    or_throw(ours.write(word, patience));
    expect(or_throw(wait_any(things, patience)) == asked, "another pipe than asked for");
    or_throw(answers[asked].read(word, patience));
  });
  or_throw(ours.close());
  expect(or_throw(partner.wait(patience)).success(), "the child failed");
  return {.messages = 2 * questions, .bytes = 2 * questions, .round_trips = std::move(times)};
}

}  // namespace

void add_waits(std::vector<stop>& all) {
  all.push_back({.mechanism = "wait_any, 100 pipes",
                 .primitive = strait::on_windows ? "reads of zero bytes" : "poll",
                 .role = "answer-where-asked",
                 .here = wait_for_any,
                 .there = answer_where_asked});
}

}  // namespace tour
