// SPDX-License-Identifier: MIT
#include <strait/deadline.hpp>

#include <chrono>
#include <climits>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stop_token>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using strait::deadline;

namespace {

template <class Rep, class Period = std::ratio<1>>
using span_of = std::chrono::duration<Rep, Period>;

bool has_no_moment(const deadline& d) {
  return !d.has_passed() && d.milliseconds_left() == -1;
}

}  // namespace

TEST_CASE("a deadline made of nothing never passes", "[deadline]") {
  const deadline d;

  CHECK(d.is_never());
  CHECK_FALSE(d.has_passed());
  CHECK_FALSE(d.stop_requested());
  CHECK(d.milliseconds_left() == -1);
}

TEST_CASE("a duration is a moment from now", "[deadline]") {
  const deadline d = 10s;

  CHECK_FALSE(d.is_never());
  CHECK_FALSE(d.has_passed());
  CHECK(d.milliseconds_left() > 5'000);
  CHECK(d.milliseconds_left() <= 10'000);
}

TEST_CASE("no time, and less, has passed at once", "[deadline]") {
  for (const deadline& d :
       {deadline{0ms}, deadline{-1ns}, deadline{-5s}, deadline{std::chrono::hours::min()},
        deadline{span_of<double>{0.0}}, deadline{span_of<double>{-0.5}}}) {
    CHECK_FALSE(d.is_never());
    CHECK(d.has_passed());
    CHECK(d.milliseconds_left() == 0);
  }
}

TEST_CASE("the longest durations are no moment at all", "[deadline]") {
  CHECK(has_no_moment(std::chrono::hours::max()));
  CHECK(has_no_moment(std::chrono::nanoseconds::max()));
  CHECK(has_no_moment(std::chrono::milliseconds::max()));
  CHECK(has_no_moment(span_of<std::uint64_t, std::ratio<3600>>::max()));
  CHECK(has_no_moment(span_of<double>{std::numeric_limits<double>::max()}));
  CHECK(has_no_moment(span_of<double>{std::numeric_limits<double>::infinity()}));
  CHECK(deadline{std::chrono::hours::max()}.is_never());
}

TEST_CASE("a duration that is not a number has passed", "[deadline]") {
  const deadline d = span_of<double>{std::nan("")};

  CHECK(d.has_passed());
}

TEST_CASE("a fraction of a second is a duration like any other", "[deadline]") {
  const deadline d = span_of<double>{7.5};

  CHECK(d.milliseconds_left() > 3'000);
  CHECK(d.milliseconds_left() <= 7'500);
}

TEST_CASE("a moment of the steady clock is a deadline", "[deadline]") {
  const auto now = std::chrono::steady_clock::now();

  CHECK(deadline{now}.has_passed());
  CHECK(deadline{now - 1h}.has_passed());
  CHECK_FALSE(deadline{now + 1h}.has_passed());
  CHECK(deadline{std::chrono::ceil<std::chrono::hours>(now + 1h)}.milliseconds_left() > 0);
}

TEST_CASE("the last moment of any clock never comes and the first one has passed", "[deadline]") {
  using clock = std::chrono::steady_clock;
  using coarse = std::chrono::time_point<clock, std::chrono::hours>;

  CHECK(has_no_moment(clock::time_point::max()));
  CHECK(has_no_moment(coarse::max()));
  CHECK(deadline{clock::time_point::min()}.has_passed());
  CHECK(deadline{coarse::min()}.has_passed());
}

TEST_CASE("a stop token is a deadline without a moment", "[deadline]") {
  std::stop_source source;
  const deadline d = source.get_token();

  CHECK_FALSE(d.is_never());
  CHECK(has_no_moment(d));
  CHECK_FALSE(d.stop_requested());
  source.request_stop();
  CHECK(d.stop_requested());
  CHECK_FALSE(d.has_passed());
}

TEST_CASE("a token that nobody can stop limits nothing", "[deadline]") {
  CHECK(deadline{std::stop_token{}}.is_never());
}

TEST_CASE("a duration and a token stand together in braces", "[deadline]") {
  std::stop_source source;
  const auto left_of = [](const deadline& d) { return d.milliseconds_left(); };
  const auto stopped = [](const deadline& d) { return d.stop_requested(); };

  CHECK(left_of({10s, source.get_token()}) > 0);
  CHECK(left_of({}) == -1);
  CHECK_FALSE(stopped({std::chrono::steady_clock::now() + 1s, source.get_token()}));
  source.request_stop();
  CHECK(stopped({10s, source.get_token()}));
}

TEST_CASE("milliseconds left are rounded up and cut to an int", "[deadline]") {
  CHECK(deadline{1ns}.milliseconds_left() <= 1);
  CHECK(deadline{999'999us}.milliseconds_left() <= 1'000);
  CHECK(deadline{std::chrono::hours{24 * 365}}.milliseconds_left() == INT_MAX);
  // While any time is left, waiting 0 ms would be a busy loop.
  const deadline d = 3ms;
  for (int left = d.milliseconds_left(); !d.has_passed(); left = d.milliseconds_left()) {
    if (left == 0 && !d.has_passed()) FAIL("0 ms left before the deadline has passed");
  }
}
