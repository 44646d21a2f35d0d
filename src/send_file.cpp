// SPDX-License-Identifier: MIT
#include "send_file.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <strait/detail/stream_socket.hpp>
#include <strait/stream.hpp>

#include "try.hpp"

namespace strait::detail {
namespace {

/// How much of the file was sent, and by whom.
class sending {
 public:
  sending(const char* operation, stream_socket& to, native_handle file, const file_range& which)
      : operation_{operation}, to_{&to}, file_{file}, which_{which} {}

  [[nodiscard]] std::uint64_t done() const noexcept { return done_; }

  /// All by the system. Nothing can end that without a doubt about how much was sent.
  result<> by_system() {
    constexpr std::uint64_t most = std::uint64_t{1} << 30U;  // more than any system refuses
    for (;;) {
      const auto size = static_cast<std::size_t>(std::min(left(), most));
      if (size == 0) return {};
      STRAIT_TRY(const auto sent, send_part(operation_, to_->native(), file_, offset(), size));
      if (sent == 0) return {};
      done_ += sent;
    }
  }

  /// All through memory of this process.
  result<> by_hand(const deadline& until) {
    std::array<std::byte, 65'536> some;
    for (;;) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left(), some.size()));
      if (size == 0) return {};
      STRAIT_TRY(const auto got,
                 read_file_at(operation_, file_, offset(), bytes{some}.first(size)));
      if (got == 0) return {};
      STRAIT_CHECK(write_all_of(const_bytes{some}.first(got), until));
    }
  }

 private:
  [[nodiscard]] std::uint64_t offset() const noexcept { return which_.offset + done_; }
  /// Beyond the offsets that systems know there is no file.
  [[nodiscard]] std::uint64_t left() const noexcept {
    constexpr std::uint64_t end = std::numeric_limits<std::int64_t>::max();
    return offset() >= end ? 0 : std::min(which_.size - done_, end - offset());
  }

  result<> write_all_of(const_bytes from, const deadline& until) {
    while (!from.empty()) {
      STRAIT_TRY(const auto written, to_->write(operation_, from, until));
      done_ += written;
      from = from.subspan(written);
    }
    return {};
  }

  const char* operation_;
  stream_socket* to_;
  native_handle file_;
  file_range which_;
  std::uint64_t done_ = 0;
};

bool is_wrong_kind(const error& why) noexcept {
  return why == condition::invalid_argument || why == condition::not_supported;
}

}  // namespace

result<std::uint64_t> stream_socket::send_file(const char* operation, native_handle file,
                                               const file_range& which, const deadline& until) {
  sending all{operation, *this, file, which};
  auto sent = until.is_never() ? all.by_system() : all.by_hand(until);
  if (!sent && until.is_never() && all.done() == 0 && is_wrong_kind(sent.error())) {
    sent = all.by_hand(until);
  }
  if (sent) return all.done();
  sent.error().done = all.done();
  return fail(sent.error());
}

}  // namespace strait::detail
