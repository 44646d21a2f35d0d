// SPDX-License-Identifier: MIT
#include <strait/lease.hpp>

#include <algorithm>

#include "lock_file.hpp"
#include "pause.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto acquiring = "acquire lease";
constexpr auto asking = "ask for the holder of lease";
constexpr auto kind = "lease";

}  // namespace

lease::lease() noexcept = default;
lease::lease(lease&& other) noexcept = default;
lease& lease::operator=(lease&& other) noexcept = default;
lease::~lease() = default;
lease::lease(detail::lock_file held) noexcept
    : held_{std::make_unique<detail::lock_file>(std::move(held))} {}

result<lease> lease::acquire(const name& n, const deadline& until, const options& wish) {
  if (until.stop_requested()) return fail(condition::operation_canceled, acquiring, n.text());
  STRAIT_TRY(const auto where, detail::place_of(n, kind, wish.who));
  detail::patience patience{acquiring, n.text(), until};
  for (;;) {
    auto claimed = detail::lock_file::claim(acquiring, where, wish.who);
    if (claimed) return lease{*std::move(claimed)};
    if (claimed.error() != condition::resource_unavailable_try_again) return fail(claimed.error());
    STRAIT_CHECK(patience.wait());
  }
}

result<std::optional<process_identity>> lease::holder(const name& n) {
  STRAIT_TRY(const auto where, detail::place_of(n, kind));
  return detail::lock_file::holder(asking, where);
}

result<> lease::release() noexcept {
  if (!held_) return {};
  return std::exchange(held_, {})->release();
}

lease::operator bool() const noexcept {
  return held_ && held_->is_held();
}

}  // namespace strait
