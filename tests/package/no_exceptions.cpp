// SPDX-License-Identifier: MIT
// Compiled with -fno-exceptions -fno-rtti: all of strait but or_throw.
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/stream.hpp>

int main() {
  auto pipe = strait::pipe::create();
  if (!pipe || !write_all(pipe->writer, strait::as_bytes("x"))) return 1;
  std::byte read{};
  return read_exactly(pipe->reader, strait::bytes{&read, 1}) && read == std::byte{'x'} ? 0 : 1;
}
