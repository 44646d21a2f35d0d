// SPDX-License-Identifier: MIT
// Where is a service? Prints the endpoints of a host, in the order in which they should be tried:
// look_up example.org https
#include <chrono>
#include <cstdio>
#include <exception>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;

int main(int argc, char** argv) try {
  const auto* const host = argc > 1 ? argv[1] : "localhost";
  const auto* const service = argc > 2 ? argv[2] : "8080";
  for (const auto& where : strait::or_throw(strait::resolve(host, service, 10s))) {
    fmt::print("{}\n", where.text());
  }
} catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
