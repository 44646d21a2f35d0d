// SPDX-License-Identifier: MIT
// What strait releases, another event loop can use.
#include <strait/pipe.hpp>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <uv.h>

#include <strait/stream.hpp>
#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/pipes.hpp"
#include "support/run.hpp"
#include "support/system.hpp"

using strait::as_bytes;
using strait::or_throw;
using support::soon;

namespace {

// A loop with one pipe, which collects what comes until its end.
struct listener {
  uv_loop_t loop{};
  uv_pipe_t pipe{};
  uv_timer_t limit{};
  std::string heard;
  bool ended = false;
  std::vector<char> memory = std::vector<char>(64 * 1024);
};

listener& listener_of(void* data) {
  return *static_cast<listener*>(data);
}

void close_all(listener& l) {
  uv_close(reinterpret_cast<uv_handle_t*>(&l.pipe), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&l.limit), nullptr);
}

void lend_memory(uv_handle_t* handle, std::size_t /*wish*/, uv_buf_t* buffer) {
  auto& memory = listener_of(handle->data).memory;
  *buffer = uv_buf_init(memory.data(), static_cast<unsigned>(memory.size()));
}

void hear(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto& l = listener_of(stream->data);
  if (size > 0) {
    l.heard.append(buffer->base, static_cast<std::size_t>(size));
  } else if (size < 0) {
    l.ended = size == UV_EOF;
    close_all(l);
  }
}

void give_up(uv_timer_t* timer) {
  close_all(listener_of(timer->data));
}

// What libuv reads from `reader` while strait writes `sent` to `writer`.
void hear_all(listener& l, strait::pipe both, strait::const_bytes sent) {
  REQUIRE(uv_loop_init(&l.loop) == 0);
  REQUIRE(uv_timer_init(&l.loop, &l.limit) == 0);
  REQUIRE(uv_pipe_init(&l.loop, &l.pipe, 0) == 0);
  l.pipe.data = &l;
  l.limit.data = &l;
  REQUIRE(uv_pipe_open(&l.pipe, support::c_descriptor(both.reader.release())) == 0);
  REQUIRE(uv_timer_start(&l.limit, give_up, 20'000, 0) == 0);
  REQUIRE(uv_read_start(reinterpret_cast<uv_stream_t*>(&l.pipe), lend_memory, hear) == 0);

  const std::jthread writing{[sent, to = std::move(both.writer)]() mutable {
    static_cast<void>(strait::write_all(to, sent, soon));
  }};
  CHECK(uv_run(&l.loop, UV_RUN_DEFAULT) == 0);
}

// Has libuv write the text, and waits until it has.
void tell(std::string text, strait::pipe_writer to) {
  uv_loop_t loop{};
  uv_pipe_t pipe{};
  uv_write_t request{};
  REQUIRE(uv_loop_init(&loop) == 0);
  REQUIRE(uv_pipe_init(&loop, &pipe, 0) == 0);
  REQUIRE(uv_pipe_open(&pipe, support::c_descriptor(to.release())) == 0);
  const auto buffer = uv_buf_init(text.data(), static_cast<unsigned>(text.size()));
  REQUIRE(uv_write(&request, reinterpret_cast<uv_stream_t*>(&pipe), &buffer, 1,
                   [](uv_write_t* done, int /*status*/) {
    uv_close(reinterpret_cast<uv_handle_t*>(done->handle), nullptr);
  }) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
}

}  // namespace

TEST_CASE("libuv reads from a pipe that strait made what strait writes", "[libuv]") {
  const auto sent = support::noise(1024 * 1024);
  listener l;

  hear_all(l, or_throw(strait::pipe::create()), sent);

  CHECK(l.ended);
  CHECK(l.heard.size() == sent.size());
  CHECK(support::checksum(as_bytes(l.heard)) == support::checksum(sent));
  CHECK(uv_loop_close(&l.loop) == 0);
}

TEST_CASE("libuv writes to a pipe that strait made what strait reads", "[libuv]") {
  auto [reader, writer] = or_throw(strait::pipe::create());

  tell("from one loop to another", std::move(writer));

  CHECK(support::text_of(support::rest_of(reader)) == "from one loop to another");
}
