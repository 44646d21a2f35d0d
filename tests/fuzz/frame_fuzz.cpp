// SPDX-License-Identifier: MIT
// Any bytes, in any parts, with an end or a failure anywhere: receive_frame finds the frames that
// are in them and nothing else, and send_frame makes the same bytes of them again.
//
// An input is: the maximum (1 byte, times 4097), how often the stream's bytes are repeated (so that
// a small input makes a long stream), the number of parts, the size of each part (0: there the
// stream fails), and the bytes of the stream.
#include <strait/frame.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fuzz.hpp"

namespace {

using fuzz::must_hold;
using strait::const_bytes;
using strait::result;

/// The sizes of the parts in which bytes move, over and over.
class rhythm {
 public:
  explicit rhythm(const_bytes parts) noexcept : parts_{parts} {}

  /// 0 once a part of this size has come, and from then on.
  std::size_t next() noexcept {
    if (parts_.empty()) return SIZE_MAX;
    const auto part = std::to_integer<std::size_t>(parts_[at_]);
    if (part != 0) at_ = (at_ + 1) % parts_.size();
    return part;
  }

 private:
  const_bytes parts_;
  std::size_t at_ = 0;
};

constexpr strait::error failure{.condition = strait::condition::timed_out, .operation = "fail"};

struct source {
  const_bytes rest;
  rhythm parts;
  std::size_t given = 0;
  bool failed = false;

  result<std::size_t> read(strait::bytes into, const strait::deadline& /*until*/) {
    must_hold(!into.empty(), "nobody asks for nothing");
    const auto size = std::min({into.size(), rest.size(), parts.next()});
    failed = size == 0 && !rest.empty();
    if (failed) return std::unexpected{failure};
    if (size != 0) std::memcpy(into.data(), rest.data(), size);
    rest = rest.subspan(size);
    given += size;
    return size;
  }
};

struct sink {
  rhythm parts;
  std::vector<std::byte> all;

  result<std::size_t> write(const_bytes from, const strait::deadline& until) {
    return write(strait::const_bytes_list{&from, 1}, until);
  }
  result<std::size_t> write(strait::const_bytes_list from, const strait::deadline& /*until*/) {
    const auto most = std::max<std::size_t>(parts.next(), 1);
    const auto before = all.size();
    for (const auto& piece : from) {
      const auto size = std::min(piece.size(), most - (all.size() - before));
      all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size));
    }
    must_hold(all.size() > before, "nobody writes nothing");
    return all.size() - before;
  }
};

/// What the bytes say, read in the simplest way.
struct expected_frame {
  enum class kind : std::uint8_t { whole, end, cut, too_long } what;
  const_bytes body;  ///< If whole.
};

expected_frame parse(const_bytes left, std::size_t max) {
  using kind = expected_frame::kind;
  if (left.empty()) return {.what = kind::end, .body = {}};
  if (left.size() < 4) return {.what = kind::cut, .body = {}};
  const auto at = [&](std::size_t i) { return std::to_integer<std::size_t>(left[i]); };
  const auto size = at(0) + (at(1) * 0x100) + (at(2) * 0x1'0000) + (at(3) * 0x100'0000);
  if (size > max) return {.what = kind::too_long, .body = {}};
  if (size > left.size() - 4) return {.what = kind::cut, .body = {}};
  return {.what = kind::whole, .body = left.subspan(4, size)};
}

/// Whether an error is what must come of bytes that are no whole frame, or of a stream that fails.
void check_error(const strait::error& why, const expected_frame& expected, const source& from,
                 std::size_t before) {
  using kind = expected_frame::kind;
  must_hold(why.done == from.given - before, "done is what was read of the frame");
  if (from.failed) {
    must_hold(why == failure.condition, "the stream's failure is told");
  } else if (expected.what == kind::too_long) {
    must_hold(why == strait::condition::message_size, "too long is message_size");
    must_hold(why.done == 4, "no more than the header is read");
  } else {
    must_hold(expected.what == kind::cut, "nothing else fails");
    must_hold(why == strait::condition::broken_pipe, "an end inside a frame is broken_pipe");
  }
}

std::vector<std::byte> repeated(const_bytes once, std::size_t times) {
  constexpr std::size_t most = 256 * 1024;
  std::vector<std::byte> all{once.begin(), once.end()};
  for (; times > 0 && all.size() + once.size() <= most; --times) {
    all.insert(all.end(), once.begin(), once.end());
  }
  return all;
}

/// Sends the body in two pieces, an empty one between them.
void send_again(sink& to, const_bytes body) {
  const auto half = body.size() / 2;
  const std::array pieces{body.first(half), const_bytes{}, body.subspan(half)};
  must_hold(strait::send_frame(to, pieces).has_value(), "everything can be sent");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using kind = expected_frame::kind;
  fuzz::input in{data, size};
  const std::size_t max = in.number() * std::size_t{4097};
  const std::size_t repetitions = in.number();
  const rhythm parts{in.take(in.number())};
  const auto stream = repeated(in.rest(), repetitions);
  const const_bytes all = stream;
  source from{.rest = all, .parts = parts};
  sink to{.parts = parts, .all = {}};
  std::vector<std::byte> body;

  std::size_t whole = 0;  // bytes in frames that were received
  for (int frames = 0; frames < 1'000; ++frames) {
    const auto before = from.given;
    const auto expected = parse(from.rest, max);
    const auto received = strait::receive_frame(from, body, max);
    must_hold(body.capacity() <= std::min(max, std::max<std::size_t>(65'536, 2 * from.given)),
              "memory is for what came, not for what was claimed");
    must_hold(received == true || body.empty(), "nothing is shown of what is no whole frame");
    if (!received) {
      check_error(received.error(), expected, from, before);
      break;
    }
    must_hold(*received == (expected.what == kind::whole), "a frame is received if it is there");
    if (!*received) {
      must_hold(expected.what == kind::end, "only the end is the end");
      break;
    }
    must_hold(fuzz::same(body, expected.body), "the body is what was sent");
    send_again(to, body);
    whole = from.given;
  }
  must_hold(fuzz::same(to.all, all.first(whole)), "sent again it is the same");
  return 0;
}
