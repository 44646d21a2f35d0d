// SPDX-License-Identifier: MIT
#include "../liveness.hpp"

#include <mutex>

#include <fmt/format.h>

#include "../lock_file.hpp"
#include "compat.hpp"
#include "posix.hpp"

namespace strait::detail {
namespace {

result<place> place_of(liveness_token token, scope where) {
  return detail::place_of({fmt::format("{:016x}", token), where}, "live");
}

/// This process's token of one scope. A copy made by fork has lost the lock, and with it the token.
class token_holder {
 public:
  result<liveness_token> token(scope where) {
    const std::scoped_lock alone{mutex_};
    if (life_.is_held()) return token_;
    const auto token = posix::random_bits();
    STRAIT_TRY(const auto file, place_of(token, where));
    // Whoever shares objects with this process may ask whether it lives.
    const auto who = where == scope::user ? access::owner : access::everyone;
    STRAIT_TRY(life_, lock_file::claim("say that this process lives", file, who));
    token_ = token;
    return token_;
  }

 private:
  std::mutex mutex_;
  liveness_token token_ = 0;
  lock_file life_;
};

}  // namespace

result<liveness_token> my_token(scope where) {
  static token_holder for_user;
  static token_holder for_machine;
  return (where == scope::user ? for_user : for_machine).token(where);
}

result<bool> is_alive(liveness_token token, scope where) {
  constexpr auto operation = "ask whether a process lives";
  STRAIT_TRY(const auto file, place_of(token, where));
  STRAIT_TRY(const auto holder, lock_file::holder(operation, file));
  if (holder) return true;
  lock_file::clear(operation, file);  // nobody will ever have this token again
  return false;
}

}  // namespace strait::detail
