// SPDX-License-Identifier: MIT
#include "../liveness.hpp"

#include <mutex>

#include <fmt/format.h>
#include <fmt/xchar.h>

#include "pipe_name.hpp"
#include "random.hpp"
#include "security.hpp"

namespace strait::detail {
namespace {

result<std::wstring> event_name(liveness_token token, scope where) {
  STRAIT_TRY(const auto user, win32::user_part(where));
  const auto* const reach = where == scope::user ? L"Local" : L"Global";
  return fmt::format(LR"({}\strait.{}.{:016x}.live)", reach, user, token);
}

/// This process's token of one scope.
class token_holder {
 public:
  result<liveness_token> token(scope where) {
    const std::scoped_lock alone{mutex_};
    if (life_) return token_;
    constexpr auto operation = "say that this process lives";
    STRAIT_TRY(const auto token, win32::random_bits(operation));
    STRAIT_TRY(const auto event, event_name(token, where));
    // Whoever shares objects with this process may ask whether it lives.
    STRAIT_TRY(const auto allowed,
               win32::rights::make(where == scope::user ? access::owner : access::everyone));
    auto attributes = allowed.attributes();
    STRAIT_TRY(life_,
               win32::own(operation, ::CreateEventW(&attributes, TRUE, FALSE, event.c_str())));
    token_ = token;
    return token_;
  }

 private:
  std::mutex mutex_;
  liveness_token token_ = 0;
  handle life_;
};

}  // namespace

result<liveness_token> my_token(scope where) {
  static token_holder for_user;
  static token_holder for_machine;
  return (where == scope::user ? for_user : for_machine).token(where);
}

result<bool> is_alive(liveness_token token, scope where) {
  constexpr auto operation = "ask whether a process lives";
  STRAIT_TRY(const auto event, event_name(token, where));
  const auto life = win32::own(operation, ::OpenEventW(SYNCHRONIZE, FALSE, event.c_str()));
  if (life) return true;
  if (life.error().native == ERROR_FILE_NOT_FOUND) return false;
  if (life.error().native == ERROR_ACCESS_DENIED) return true;  // it exists, whosever it is
  return fail(life.error());
}

}  // namespace strait::detail
