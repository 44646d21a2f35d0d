// SPDX-License-Identifier: MIT
// Which of several endpoints answers first.
#include <algorithm>
#include <chrono>
#include <vector>

#include <strait/tcp.hpp>

#include "net_socket.hpp"
#include "try.hpp"

namespace strait {
namespace {

using namespace std::chrono_literals;
using clock = deadline::clock;

constexpr auto operation = "connect TCP stream";
constexpr auto until_next = 250ms;  // RFC 8305, 5: Connection Attempt Delay

/// The families by turns, beginning with that of the first, in their order otherwise.
std::vector<endpoint> by_turns(std::span<const endpoint> all) {
  std::vector<endpoint> order;
  std::vector<endpoint> first;
  std::vector<endpoint> second;
  for (const auto& one : all) {
    const bool is_first = one.address.is_v4() == all.front().address.is_v4();
    (is_first ? first : second).push_back(one);
  }
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) order.push_back(first[i]);
    if (i < second.size()) order.push_back(second[i]);
  }
  return order;
}

/// One endpoint that is being connected to.
struct attempt {
  endpoint to;
  socket_handle socket;
};

class race {
 public:
  race(std::span<const endpoint> all, const tcp_options& wish)
      : wish_{&wish}, waiting_{by_turns(all)} {
    why_ = {.condition = condition::invalid_argument,
            .operation = operation,
            .hint = "there is no endpoint to connect to"};
  }

  /// The first socket that is connected.
  result<socket_handle> run(const deadline& until) {
    for (;;) {
      begin_next();
      if (running_.empty()) return fail(why_);
      STRAIT_CHECK(wait(until));
      if (auto winner = look()) return winner;
    }
  }

 private:
  /// Begins one, if it is time; those that fail at once make room for the next.
  void begin_next() {
    while (next_ < waiting_.size() && (running_.empty() || clock::now() >= next_begins_)) {
      const auto& to = waiting_[next_++];
      auto begun = begin(to);
      if (begun) {
        running_.push_back({.to = to, .socket = *std::move(begun)});
        next_begins_ = clock::now() + until_next;
        return;
      }
      note(begun.error(), to);
    }
  }

  [[nodiscard]] result<socket_handle> begin(const endpoint& to) const {
    STRAIT_TRY(auto socket, detail::new_socket(operation, to, detail::transport::stream));
    // Before: the size of a buffer is agreed upon at the beginning.
    STRAIT_CHECK(detail::apply_options(operation, socket.get(), *wish_));
    STRAIT_CHECK(detail::begin_connect(operation, socket.get(), to));
    return socket;
  }

  /// Until one of them has come to something, or the next may begin.
  result<> wait(const deadline& until) {
    std::vector<readiness> things;
    things.reserve(running_.size());
    for (const auto& one : running_) {
      things.emplace_back(
          detail::watched::socket(one.socket.get(), detail::watched::kind::writable));
    }
    const bool has_more = next_ < waiting_.size();
    const auto woken = wait_any(things, has_more ? until.no_later_than(next_begins_) : until);
    is_ready_.clear();
    for (const auto& one : things) is_ready_.push_back(one.is_ready());
    if (woken || (woken.error() == condition::timed_out && !until.has_passed())) return {};
    auto why = woken.error();
    why.operation = operation;
    why.subject = std::string_view{running_.back().to.text()};
    return fail(why);
  }

  /// A socket that is connected, if one is; drops those that have failed.
  socket_handle look() {
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (!is_ready_[i]) continue;
      if (const auto outcome = outcome_of(running_[i]); !outcome) {
        note(outcome.error(), running_[i].to);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
        next_begins_ = {};
      } else {
        return std::move(running_[i].socket);
      }
    }
    return {};
  }

  /// A port of this host on which nobody listens may be the one that the system has chosen for the
  /// socket itself: then TCP connects it with itself.
  static result<> outcome_of(const attempt& one) {
    STRAIT_CHECK(detail::connect_outcome(operation, one.socket.get()));
    const auto here = detail::local_endpoint(operation, one.socket.get());
    const auto there = detail::remote_endpoint(operation, one.socket.get());
    if (here && there && *here == *there) return fail(condition::connection_refused, operation);
    return {};
  }

  void note(error why, const endpoint& to) {
    why.subject = std::string_view{to.text()};
    why_ = why;
  }

  const tcp_options* wish_;
  std::vector<endpoint> waiting_;
  std::size_t next_ = 0;
  clock::time_point next_begins_{};
  std::vector<attempt> running_;
  std::vector<bool> is_ready_;
  error why_;
};

}  // namespace

result<tcp_stream> tcp_stream::connect(std::span<const endpoint> to, const deadline& until,
                                       const options& wish) {
  if (until.stop_requested()) return fail(condition::operation_canceled, operation);
  STRAIT_TRY(auto socket, race(to, wish).run(until));
  return tcp_stream{std::move(socket)};
}

}  // namespace strait
