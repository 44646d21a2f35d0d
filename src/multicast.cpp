// SPDX-License-Identifier: MIT
#include <strait/multicast.hpp>

#include <algorithm>
#include <iterator>
#include <string>

#include "datagrams.hpp"
#include "multicast_group.hpp"
#include "net_socket.hpp"
#include "try.hpp"

namespace strait {
namespace {

constexpr auto creating = "create multicast socket";
constexpr auto joining = "join group";
constexpr auto leaving = "leave group";
constexpr auto sending = "send to group";
constexpr auto receiving = "receive from groups";
constexpr auto asking = "ask for the port of a multicast socket";

/// A group means the same on every interface.
ip_address without_scope(const ip_address& address) noexcept {
  if (address.is_v4()) return address;
  ip_address::v6_bytes raw{};
  std::ranges::copy(address.bytes(), raw.begin());
  return ip_address::v6(raw);
}

bool serves(const network_interface& one, bool v6) noexcept {
  const auto fits = [v6](const ip_address& address) { return address.is_v6() == v6; };
  return one.is_up && (one.has_multicast || one.is_loopback) &&
         std::ranges::any_of(one.addresses, fits);
}

template <class Range, class Value>
bool contains(const Range& all, const Value& one) {
  return std::ranges::find(all, one) != std::ranges::end(all);
}

/// Those that are meant.
result<std::vector<network_interface>> choose(const char* operation, interfaces on, bool v6) {
  auto found = network_interfaces();
  if (!found) {
    found.error().operation = operation;
    return found;
  }
  if (on.is_all()) {
    std::erase_if(*found, [v6](const auto& one) { return !serves(one, v6); });
    if (found->empty()) {
      return fail(condition::no_such_device, operation, {}, "no interface with multicast is up");
    }
    return found;
  }
  std::vector<network_interface> chosen;
  for (const auto index : on.some()) {
    const auto known = std::ranges::find(*found, index, &network_interface::index);
    if (known == found->end()) {
      return fail(condition::no_such_device, operation, "interface " + std::to_string(index));
    }
    chosen.push_back(*known);
  }
  if (chosen.empty()) return fail(condition::invalid_argument, operation, {}, "no interface");
  return chosen;
}

/// What went wrong, and with which group.
std::unexpected<error> about(const ip_address& group, error why) {
  if (why.subject.text().empty()) why.subject = std::string_view{group.text()};
  return std::unexpected{why};
}

/// What an interface says that has gone or lost its address since it was listed.
bool has_gone(const error& why) noexcept {
  return why == condition::no_such_device || why == condition::address_not_available;
}

/// Of several attempts: whether the whole has worked.
class attempts {
 public:
  void note(const result<>& done, bool is_harmless = false) noexcept {
    if (done) {
      any_worked_ = true;
    } else if (auto& why = is_harmless ? harmless_ : serious_; !why) {
      why = done.error();
    }
  }
  [[nodiscard]] result<> outcome() const noexcept {
    if (serious_) return fail(*serious_);
    if (harmless_ && !any_worked_) return fail(*harmless_);
    return {};
  }

 private:
  bool any_worked_ = false;
  std::optional<error> serious_;
  std::optional<error> harmless_;
};

result<socket_handle> make_bound(std::uint16_t port, const multicast_options& wish) {
  const endpoint any{.address = wish.v6 ? ip_address::any_v6() : ip_address::any_v4()};
  STRAIT_TRY(auto made, detail::new_socket(creating, any, detail::transport::datagram));
  STRAIT_CHECK(detail::apply_options(creating, made.get(), wish));
  STRAIT_CHECK(detail::bind_multicast(creating, made.get(), port, wish.v6));
  return made;
}

}  // namespace

result<multicast_socket> multicast_socket::create(std::uint16_t port, const options& wish) {
  auto made = make_bound(port, wish);
  if (!made) {
    made.error().subject = std::string_view{"port " + std::to_string(port)};
    return fail(made.error());
  }
  return multicast_socket{*std::move(made), wish.v6};
}

result<> multicast_socket::check(const char* operation, const ip_address& group) const {
  if (!io_) return fail(condition::bad_file_descriptor, operation);
  if (group.is_multicast() && group.is_v6() == v6_) return {};
  const auto* const hint = group.is_multicast() ? "the socket is for groups of the other family"
                                                : "this is no group";
  return fail(condition::invalid_argument, operation, group.text(), hint);
}

result<> multicast_socket::join(const ip_address& group, interfaces on,
                                const std::optional<ip_address>& source) {
  STRAIT_CHECK(check(joining, group));
  if (source && source->is_v6() != v6_) {
    return fail(condition::invalid_argument, joining, source->text(), "of the other family");
  }
  const auto all = choose(joining, on, v6_);
  if (!all) return about(group, all.error());
  attempts tried;
  for (const auto& one : *all) {
    const auto done = join_one({without_scope(group), one.index, source}, one);
    tried.note(done, on.is_all() && !done && has_gone(done.error()));
  }
  const auto done = tried.outcome();
  if (!done) return about(group, done.error());
  return {};
}

result<> multicast_socket::join_one(const membership& wish, const network_interface& on) {
  if (contains(joined_, wish)) {
    // Unless the system has forgotten it, with an interface that was gone for a while, this fails.
    static_cast<void>(detail::join_group(joining, io_.get(), wish.group, on, wish.source));
    return {};
  }
  const auto is_other_kind = [&wish](const membership& one) {
    return one.group == wish.group && one.interface_index == wish.interface_index &&
           one.source.has_value() != wish.source.has_value();
  };
  if (std::ranges::any_of(joined_, is_other_kind)) {
    return fail(condition::invalid_argument, joining, {}, "joined both with and without a source");
  }
  STRAIT_CHECK(detail::join_group(joining, io_.get(), wish.group, on, wish.source));
  joined_.push_back(wish);
  return {};
}

result<> multicast_socket::leave(const ip_address& group, interfaces on,
                                 const std::optional<ip_address>& source) {
  STRAIT_CHECK(check(leaving, group));
  const auto is_meant = [&](const membership& one) {
    return one.group == without_scope(group) && one.source == source &&
           (on.is_all() || contains(on.some(), one.interface_index));
  };
  std::vector<membership> left;
  std::ranges::copy_if(joined_, std::back_inserter(left), is_meant);
  std::erase_if(joined_, is_meant);
  if (left.empty()) {
    return fail(condition::address_not_available, leaving, group.text(), "it is not joined there");
  }
  attempts tried;
  for (const auto& one : left) {
    const auto done = leave_one(one);
    if (done || !has_gone(done.error())) tried.note(done);
  }
  const auto done = tried.outcome();
  if (!done) return about(group, done.error());
  return {};
}

result<> multicast_socket::leave_one(const membership& one) {
  STRAIT_TRY(const auto all, network_interfaces());
  const auto known = std::ranges::find(all, one.interface_index, &network_interface::index);
  if (known == all.end()) return {};  // it has gone, and the membership with it
  return detail::leave_group(leaving, io_.get(), one.group, *known, one.source);
}

result<> multicast_socket::send_to(const endpoint& group, const_bytes message, interfaces on,
                                   const deadline& until) {
  STRAIT_CHECK(check(sending, group.address));
  auto ways = choose(sending, on, v6_);
  if (!ways) return about(group.address, ways.error());
  // Who hears it on another interface hears it here, too: it need not come twice.
  const auto is_loopback = [](const network_interface& one) { return one.is_loopback; };
  if (on.is_all() && !std::ranges::all_of(*ways, is_loopback)) std::erase_if(*ways, is_loopback);
  attempts tried;
  const endpoint to{.address = without_scope(group.address), .port = group.port};
  for (const auto& way : *ways) {
    auto done = detail::send_through(sending, io_.get(), v6_, way);
    if (done) done = detail::send_datagram(sending, io_.get(), &to, message, until);
    const bool gave_up = !done && (done.error() == condition::timed_out ||
                                   done.error() == condition::operation_canceled);
    tried.note(done, on.is_all() && !gave_up);
    if (gave_up) break;
  }
  const auto done = tried.outcome();
  if (!done) return about(group.address, done.error());
  return {};
}

bool multicast_socket::is_wanted(const multicast_message& message) const noexcept {
  return std::ranges::any_of(joined_, [&message](const membership& one) {
    return one.group == message.group && one.interface_index == message.interface_index &&
           (!one.source || without_scope(*one.source) == without_scope(message.from.address));
  });
}

result<multicast_message> multicast_socket::receive_from(bytes into, const deadline& until) {
  constexpr int glances = 64;  // What is not for us is dropped, and that must end in time, too.
  for (int dropped = 0;; ++dropped) {
    if (dropped >= glances && until.has_passed()) return fail(condition::timed_out, receiving);
    STRAIT_TRY(const auto got, detail::receive_multicast(receiving, io_.get(), into, until));
    if (!is_wanted(got)) continue;
    if (got.size <= into.size()) return got;
    return fail(error{.condition = condition::message_size,
                      .operation = receiving,
                      .subject = std::string_view{got.group.text()},
                      .done = got.size,
                      .hint = "the message is longer than the memory for it"});
  }
}

result<std::uint16_t> multicast_socket::port() const {
  STRAIT_TRY(const auto where, detail::local_endpoint(asking, io_.get()));
  return where.port;
}

}  // namespace strait
