// SPDX-License-Identifier: MIT
// Compiled with -fno-exceptions -fno-rtti: all of strait but or_throw.
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/frame.hpp>
#include <strait/pipe.hpp>
#include <strait/process.hpp>
#include <strait/stream.hpp>

#include <vector>

int main() {
  auto pipe = strait::pipe::create();
  if (!pipe || !write_all(pipe->writer, strait::as_bytes("x"))) return 1;
  std::byte read{};
  if (!read_exactly(pipe->reader, strait::bytes{&read, 1}) || read != std::byte{'x'}) return 1;
  std::vector<std::byte> body;
  if (!send_frame(pipe->writer, strait::as_bytes("body"))) return 1;
  return receive_frame(pipe->reader, body, 10) == true && body.size() == 4 ? 0 : 1;
}
