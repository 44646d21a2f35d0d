// SPDX-License-Identifier: MIT
#include <strait/fifo.hpp>

#include "../lock_file.hpp"
#include "../pause.hpp"
#include "pipe_name.hpp"
#include "security.hpp"

namespace strait {
namespace {

constexpr auto operation = "open FIFO";

/// No handle if there is nobody who reads.
result<handle> open_once(const std::wstring& path, const name& n) {
  HANDLE const raw = ::CreateFileW(
      path.c_str(), GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, nullptr, OPEN_EXISTING,
      FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, nullptr);
  if (raw != INVALID_HANDLE_VALUE) return handle::adopt(raw);
  const auto why = win32::last_error(operation, n.text());
  // All instances are taken: the reader makes new ones with its next read, or has died.
  if (why.native == ERROR_FILE_NOT_FOUND || why.native == ERROR_PIPE_BUSY) return handle{};
  return fail(why);
}

result<> check(const handle& end, const std::wstring& path, const name& n, access who) {
  if (n.is_native()) return {};
  if (who == access::owner) {
    STRAIT_CHECK(win32::check_owner(operation, end.get(), n.text()));
  }
  if (path.find(L'~') == std::wstring::npos) return {};
  // The pipe's name is a shortened one: the whole name stands in the reader's lock file.
  STRAIT_TRY(auto where, detail::place_of(n, "fifo", who));
  where.path += ".lock";
  STRAIT_CHECK(detail::lock_file::holder(operation, where));
  return {};
}

}  // namespace

result<fifo_writer> fifo_writer::open(const name& n, const deadline& until, const options& wish) {
  STRAIT_CHECK(detail::check_reach(n, wish.who));
  STRAIT_TRY(const auto path, win32::pipe_name(n, "fifo"));
  if (until.stop_requested()) return fail(condition::operation_canceled, operation, n.text());
  detail::patience patience{operation, n.text(), until};
  for (;;) {
    STRAIT_TRY(auto end, open_once(path, n));
    if (end) {
      STRAIT_CHECK(check(end, path, n, wish.who));
      STRAIT_TRY(auto owned,
                 detail::byte_end::own(std::move(end), detail::byte_end::direction::writes));
      return fifo_writer{std::move(owned)};
    }
    STRAIT_CHECK(patience.wait());
  }
}

}  // namespace strait
