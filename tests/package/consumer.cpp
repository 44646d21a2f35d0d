// SPDX-License-Identifier: MIT
// What anybody would try first: start a child, say something to it, hear its answer.
#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/stream.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

using namespace std::chrono_literals;

namespace {

constexpr std::string_view question = "who is there?";
constexpr std::string_view answer = "somebody else";

using strait::result;

result<> answer_parent() {
  auto parent = strait::inherited<strait::duplex_pipe>("parent");
  if (!parent) return std::unexpected{parent.error()};
  std::array<std::byte, question.size()> heard{};
  if (auto done = read_exactly(*parent, heard, 10s); !done) return std::unexpected{done.error()};
  if (std::memcmp(heard.data(), question.data(), heard.size()) != 0) return {};
  if (auto done = write_all(*parent, strait::as_bytes(answer), 10s); !done) {
    return std::unexpected{done.error()};
  }
  return {};
}

result<bool> ask_child() {
  auto sides = strait::duplex_pipe::create();
  auto program = strait::program_path();
  if (!sides || !program) return false;
  auto& [ours, theirs] = *sides;
  auto child = strait::spawn(
      {.program = *program, .args = {"child"}, .give = {{"parent", std::move(theirs)}}});
  if (!child) return std::unexpected{child.error()};

  std::array<std::byte, answer.size()> heard{};
  if (auto done = write_all(ours, strait::as_bytes(question), 10s); !done) {
    return std::unexpected{done.error()};
  }
  if (auto done = read_exactly(ours, heard, 10s); !done) return std::unexpected{done.error()};
  const auto end = child->wait(10s);
  if (!end) return std::unexpected{end.error()};
  return end->success() && std::memcmp(heard.data(), answer.data(), heard.size()) == 0;
}

}  // namespace

int main(int argc, char** /*argv*/) {
  if (argc > 1) return answer_parent() ? 0 : 1;
  const auto understood = ask_child();
  if (!understood) std::printf("consumer: %s\n", understood.error().message().c_str());
  return understood && *understood ? 0 : 1;
}
