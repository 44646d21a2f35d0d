// SPDX-License-Identifier: MIT
#include <strait/pipe.hpp>

#include <algorithm>
#include <limits>

#include "compat.hpp"
#include "posix.hpp"

namespace strait {
namespace {

result<posix::pipe_ends> make(const pipe::options& wish) {
  STRAIT_TRY(auto ends, posix::make_pipe());
  if (wish.capacity != 0) {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    posix::wish_pipe_capacity(ends.writer.get(), static_cast<int>(std::min(wish.capacity, most)));
  }
  return ends;
}

}  // namespace

result<pipe> pipe::create(const options& wish) {
  using detail::byte_end;
  STRAIT_TRY(auto ends, make(wish));
  STRAIT_TRY(auto reader, byte_end::own(std::move(ends.reader), byte_end::direction::reads));
  STRAIT_TRY(auto writer, byte_end::own(std::move(ends.writer), byte_end::direction::writes));
  return pipe{.reader = pipe_reader{std::move(reader)}, .writer = pipe_writer{std::move(writer)}};
}

result<plain_pipe> plain_pipe::create(const pipe::options& wish) {
  STRAIT_TRY(auto ends, make(wish));
  return plain_pipe{.reader = std::move(ends.reader), .writer = std::move(ends.writer)};
}

}  // namespace strait
