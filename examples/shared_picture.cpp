// SPDX-License-Identifier: MIT
// One process draws into a picture, another looks at it, and no pixel is copied from one to the
// other. Two frames take turns, so nobody looks at one that is being drawn.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

constexpr std::size_t width = 320;
constexpr std::size_t height = 240;

using frame = std::array<std::uint8_t, width * height>;

struct picture {
  static constexpr std::string_view layout_name = "examples: picture 1";
  std::array<frame, 2> frames{};
};

using shared_picture = strait::typed<picture>;

/// Draws a frame each time it is asked for one, in the shade that was said.
void draw(const std::string& name) {
  auto viewer = or_throw(strait::inherited<strait::duplex_pipe>("viewer"));
  const auto shown = or_throw(shared_picture::open(name));
  std::array<std::byte, 1> shade{};
  for (std::size_t i = 0; read_exactly(viewer, shade); ++i) {
    shown->frames[i % 2].fill(std::to_integer<std::uint8_t>(shade[0]));
    or_throw(write_all(viewer, shade, 1s));  // it is ready
  }
}

void view() {
  // A real one has a name that both know; this one is for this run of the example alone.
  const auto moment = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto name = fmt::format("picture-{}", moment);
  const auto shown = or_throw(shared_picture::create(name));
  auto [ours, theirs] = or_throw(strait::duplex_pipe::create());
  auto painter = or_throw(strait::spawn({.program = or_throw(strait::program_path()),
                                         .args = {"draw", name},
                                         .give = {{"viewer", std::move(theirs)}}}));
  for (std::size_t i = 0; i < 4; ++i) {
    std::array shade{static_cast<std::byte>(40 * (i + 1))};
    or_throw(write_all(ours, shade, 1s));
    or_throw(read_exactly(ours, shade, 10s));
    const auto& seen = shown->frames[i % 2];
    fmt::print("frame {}: {} pixels of shade {}\n", i + 1, seen.size(), seen[width * height / 2]);
  }
  or_throw(ours.writer.close());
  or_throw(painter.wait(10s));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 2) {
    draw(argv[2]);
  } else {
    view();
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
