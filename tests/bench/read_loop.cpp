// SPDX-License-Identifier: MIT
// What instructions.sh counts: N calls that read or write one byte, through strait or bare.
//
//     strait_read_loop bare|strait|deadline read|write N
#include <unistd.h>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include <strait/pipe.hpp>
#include <strait/throw.hpp>

namespace {

using namespace std::chrono_literals;

bool bare(strait::pipe& p, bool reads, std::byte& one) {
  return (reads ? ::read(p.reader.native(), &one, 1) : ::write(p.writer.native(), &one, 1)) == 1;
}

bool through_strait(strait::pipe& p, bool reads, std::byte& one) {
  const strait::bytes into{&one, 1};
  return (reads ? p.reader.read(into) : p.writer.write(into)) == 1;
}

bool with_deadline(strait::pipe& p, bool reads, std::byte& one) {
  const strait::bytes into{&one, 1};
  return (reads ? p.reader.read(into, 1s) : p.writer.write(into, 1s)) == 1;
}

// A thousand bytes at a time wait in the pipe. The other side moves them by one call.
template <class Call>
int loop(Call call, bool reads, long rounds) {
  auto p = strait::or_throw(strait::pipe::create());
  std::array<std::byte, 1'000> all{};
  const auto size = static_cast<ssize_t>(all.size());
  for (long done = 0; done < rounds; done += size) {
    if (reads && ::write(p.writer.native(), all.data(), all.size()) != size) return 1;
    for (ssize_t i = 0; i < size; ++i) {
      if (!call(p, reads, all.front())) return 1;
    }
    if (!reads && ::read(p.reader.native(), all.data(), all.size()) != size) return 1;
  }
  return 0;
}

int measure(std::string_view how, bool reads, long rounds) {
  if (how == "bare") return loop(bare, reads, rounds);
  if (how == "strait") return loop(through_strait, reads, rounds);
  if (how == "deadline") return loop(with_deadline, reads, rounds);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string_view what = argv[2];
  try {
    return measure(argv[1], what == "read", std::strtol(argv[3], nullptr, 10));
  } catch (const strait::failure&) {
    return 3;
  }
}
