// SPDX-License-Identifier: MIT
#include <strait/pipe.hpp>

#include "try.hpp"

namespace strait {

result<pipe_reader> pipe_reader::adopt(handle h) {
  STRAIT_TRY(auto end, detail::byte_end::adopt(std::move(h), detail::byte_end::direction::reads));
  return pipe_reader{std::move(end)};
}

result<pipe_writer> pipe_writer::adopt(handle h) {
  STRAIT_TRY(auto end, detail::byte_end::adopt(std::move(h), detail::byte_end::direction::writes));
  return pipe_writer{std::move(end)};
}

result<pipe_reader> pipe_reader::duplicate() const {
  STRAIT_TRY(auto copy, end_.duplicate());
  return adopt(std::move(copy));
}

result<pipe_writer> pipe_writer::duplicate() const {
  STRAIT_TRY(auto copy, end_.duplicate());
  return adopt(std::move(copy));
}

result<duplex_pipe> duplex_pipe::adopt(handle reader, handle writer) {
  STRAIT_TRY(auto in, pipe_reader::adopt(std::move(reader)));
  STRAIT_TRY(auto out, pipe_writer::adopt(std::move(writer)));
  return duplex_pipe{.reader = std::move(in), .writer = std::move(out)};
}

result<std::pair<duplex_pipe, duplex_pipe>> duplex_pipe::create(const pipe::options& wish) {
  STRAIT_TRY(auto there, pipe::create(wish));
  STRAIT_TRY(auto back, pipe::create(wish));
  return std::pair{
      duplex_pipe{.reader = std::move(back.reader), .writer = std::move(there.writer)},
      duplex_pipe{.reader = std::move(there.reader), .writer = std::move(back.writer)}};
}

}  // namespace strait
