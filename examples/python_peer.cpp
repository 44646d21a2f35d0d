// SPDX-License-Identifier: MIT
// Memory that a Python program shares with this one: what another program made is reached by the
// name that it has for the system.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include <fmt/core.h>

#include <strait/strait.hpp>

using namespace std::chrono_literals;
using strait::or_throw;

namespace {

// On POSIX Python puts a slash before the name, as shm_open wants it, and a guard of its own would
// remove the memory when Python ends, whoever still uses it.
constexpr auto script = R"(
import sys
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(name=sys.argv[1])
words = bytes(memory.buf[:20]).split(b'\0')[0]
memory.buf[:len(words)] = words.upper()
memory.close()
try:
    from multiprocessing import resource_tracker
    resource_tracker.unregister(memory._name, 'shared_memory')
except Exception:
    pass
)";

const strait::native_name native{strait::on_windows ? "strait-example" : "/strait-example"};

void share_with_python() {
  static_cast<void>(strait::shared_memory::remove(native));  // of a run that crashed
  auto memory = or_throw(strait::shared_memory::create(native, 4096));
  std::ranges::copy(strait::as_bytes("hello from c++"), memory.writable_bytes().begin());

  const auto ran = strait::run({.program = "python3", .args = {"-c", script, "strait-example"}});
  if (!ran || !ran->status.success()) {
    fmt::print("no python3 that can do it{}\n", ran ? ": " + ran->errors : "");
  } else {
    fmt::print("python made it: {}\n", strait::as_text(memory.bytes().first(14)));
  }
  or_throw(strait::shared_memory::remove(native));
}

}  // namespace

int main() try { share_with_python(); } catch (const std::exception& e) {
  std::fputs(e.what(), stderr);
  return 1;
}
