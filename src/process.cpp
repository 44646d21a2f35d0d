// SPDX-License-Identifier: MIT
#include <strait/process.hpp>

#include <array>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include <strait/stream.hpp>
#include <strait/wait.hpp>

#include "given.hpp"
#include "try.hpp"

namespace strait {
namespace {

/// Reads once, and closes at the end of the stream.
result<> hear(pipe_reader& from, std::string& into, const deadline& until) {
  std::array<std::byte, 16 * 1024> buffer;
  STRAIT_TRY(const auto got, from.read(buffer, until));
  if (got == 0) return from.close();
  into.append(as_text(std::span{buffer}.first(got)));
  return {};
}

result<> hear_all(child& running, captured& all, const deadline& until) {
  while (running.output && running.errors) {
    std::array things{running.output.readable(), running.errors.readable()};
    STRAIT_CHECK(wait_any(things, until));
    if (things[0].is_ready()) STRAIT_CHECK(hear(running.output, all.output, until));
    if (things[1].is_ready()) STRAIT_CHECK(hear(running.errors, all.errors, until));
  }
  while (running.output) STRAIT_CHECK(hear(running.output, all.output, until));
  while (running.errors) STRAIT_CHECK(hear(running.errors, all.errors, until));
  return {};
}

result<> feed(pipe_writer& to, const_bytes input, const deadline& until) {
  auto fed = write_all(to, input, until);
  static_cast<void>(to.close());
  // A program need not read all that it is offered.
  if (!fed && fed.error() == condition::broken_pipe) return {};
  return fed;
}

/// Everything at once, so that whichever the program waits for goes on. Input goes in on a thread
/// of its own, in writes of any size.
result<> exchange(child& running, captured& all, const_bytes input, const deadline& until) {
  result<> fed;
  result<> heard;
  const auto or_kill = [&](result<> done) {
    if (!done) static_cast<void>(running.kill());  // so that the other comes to an end, too
    return done;
  };
  {
    std::jthread feeding;
    if (running.input) {
      feeding = std::jthread{[&] { fed = or_kill(feed(running.input, input, until)); }};
    }
    heard = or_kill(hear_all(running, all, until));
  }
  STRAIT_CHECK(fed);
  return heard;
}

/// Even a killed process may not end, if a device driver holds it. Nobody waits for that.
constexpr auto killing_time = std::chrono::seconds{10};

result<exit_status> end_now(child& running) {
  STRAIT_CHECK(running.kill());
  return running.wait(killing_time);
}

}  // namespace

std::string exit_status::message() const {
  switch (how) {
    case kind::code: return fmt::format("exit code {}", value);
    case kind::signal: return fmt::format("signal {}", value);
    case kind::ntstatus: break;
  }
  return fmt::format("NTSTATUS 0x{:08X}", value);
}

result<exit_status> child::stop(const deadline& grace) {
  if (ask()) {
    if (const auto ended = wait(grace)) return ended;
  }
  // Not only when time is up: who cannot ask, or cancels the wait, still wants it to end.
  return end_now(*this);
}

result<captured> run(command c, const_bytes input, const deadline& until) {
  const auto unless_chosen = [](redirect& r, redirect otherwise) {
    if (r.what() == redirect::kind::inherit) r = std::move(otherwise);
  };
  unless_chosen(c.input, input.empty() ? redirect::discard() : redirect::pipe());
  unless_chosen(c.output, redirect::pipe());
  unless_chosen(c.errors, redirect::pipe());

  STRAIT_TRY(auto running, spawn(c));
  captured all;
  const auto exchanged = exchange(running, all, input, until);
  const auto ended = exchanged ? running.wait(until) : result<exit_status>{fail(exchanged.error())};
  if (!ended) {
    STRAIT_CHECK(end_now(running));
    return fail(ended.error());
  }
  all.status = *ended;
  return all;
}

namespace detail {

std::optional<std::vector<std::string_view>> find_given(std::string_view list,
                                                        std::string_view name) {
  while (!list.empty()) {
    const auto entry = list.substr(0, list.find(';'));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || entry.substr(0, equals) != name) continue;
    std::vector<std::string_view> marks;
    for (auto rest = entry.substr(equals + 1); !rest.empty();) {
      marks.push_back(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(rest.size(), marks.back().size() + 1));
    }
    return marks;
  }
  return std::nullopt;
}

result<> take_given(std::string_view name, std::span<handle> into) {
  constexpr auto operation = "take inherited";
  const auto list = given_list();
  const auto marks = find_given(list, name);
  if (!marks) return fail(condition::no_such_file_or_directory, operation, name);
  if (marks->size() != into.size()) return fail(condition::incompatible, operation, name);
  for (std::size_t i = 0; i < into.size(); ++i) {
    auto taken = claim_given((*marks)[i]);
    if (!taken) {
      taken.error().subject = name;
      return fail(taken.error());
    }
    into[i] = *std::move(taken);
  }
  return {};
}

}  // namespace detail
}  // namespace strait
