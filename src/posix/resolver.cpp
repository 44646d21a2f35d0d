// SPDX-License-Identifier: MIT
#include "../resolver.hpp"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <algorithm>
#include <iterator>
#include <memory>

#include "socket.hpp"

namespace strait::detail {
namespace {

struct meaning {
  int code;
  condition value;
  const char* hint;
};

constexpr meaning meanings[] = {
    {EAI_AGAIN, condition::resource_unavailable_try_again, "EAI_AGAIN: no name server answered"},
    {EAI_FAIL, condition::io_error, "EAI_FAIL: a name server failed"},
    {EAI_FAMILY, condition::address_family_not_supported, "EAI_FAMILY: no addresses of this kind"},
    {EAI_MEMORY, condition::not_enough_memory, "EAI_MEMORY"},
    {EAI_NONAME, condition::unknown_host, "EAI_NONAME: neither host nor address"},
    {EAI_SERVICE, condition::invalid_argument, "EAI_SERVICE: no such service"},
#if defined(EAI_NODATA)
    {EAI_NODATA, condition::unknown_host, "EAI_NODATA: the host has no address"},
#endif
#if defined(EAI_ADDRFAMILY)
    {EAI_ADDRFAMILY, condition::unknown_host, "EAI_ADDRFAMILY: no address of the wanted kind"},
#endif
};

std::unexpected<error> explain(int code, const question& what) {
  const auto& subject = what.subject();
  if (code == EAI_SYSTEM) return fail(posix::last_error(resolving, subject));
  const auto* const known = std::ranges::find(meanings, code, &meaning::code);
  if (known == std::end(meanings)) {
    return fail(condition::io_error, resolving, subject, "the resolver failed");
  }
  // Who asks for a service alone names no host.
  const bool is_service = known->code == EAI_NONAME && what.host.empty();
  return fail(is_service ? condition::invalid_argument : known->value, resolving, subject,
              known->hint);
}

int family_of(const resolve_options& wish) noexcept {
  if (wish.v4 && wish.v6) return AF_UNSPEC;
  return wish.v4 ? AF_INET : AF_INET6;
}

/// Asks, for however long that takes.
result<std::vector<endpoint>> look_up(const question& what) {
  addrinfo hints{};
  hints.ai_family = family_of(what.wish);
  hints.ai_socktype = SOCK_STREAM;  // else each address comes once for every kind of socket
  hints.ai_flags = what.is_numeric ? AI_NUMERICHOST : 0;
  addrinfo* raw = nullptr;
  const int code = ::getaddrinfo(what.host.empty() ? nullptr : what.host.c_str(),
                                 what.service.empty() ? nullptr : what.service.c_str(), &hints,
                                 &raw);
  if (code != 0) return explain(code, what);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{raw, ::freeaddrinfo};
  std::vector<endpoint> found;
  for (const auto* one = raw; one != nullptr; one = one->ai_next) {
    if (const auto where = as_endpoint(one->ai_addr)) found.push_back(*where);
  }
  return found;
}

/// What the thread that asks and the one that waits share: the first may stay behind.
struct inquiry {
  question what;
  result<std::vector<endpoint>> answer;
};

struct asking {
  std::shared_ptr<inquiry> shared;
  handle ring;
};

void* run(void* raw) {
  const std::unique_ptr<asking> mine{static_cast<asking*>(raw)};
  mine->shared->answer = look_up(mine->shared->what);
  const char done = 1;
  static_cast<void>(posix::retry(resolving, [&] { return ::write(mine->ring.get(), &done, 1); }));
  return nullptr;
}

/// Begins a thread that nobody waits for, and that runs no signal handlers of the application.
int start_aside(std::unique_ptr<asking> work) {
  pthread_attr_t alone;
  if (const int code = ::pthread_attr_init(&alone); code != 0) return code;
  ::pthread_attr_setdetachstate(&alone, PTHREAD_CREATE_DETACHED);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t ignored{};
  const int code = ::pthread_create(&ignored, &alone, run, work.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&alone);
  if (code == 0) static_cast<void>(work.release());
  return code;
}

}  // namespace

result<std::vector<endpoint>> ask_resolver(const question& what, const deadline& until) {
  if (until.is_never()) return look_up(what);
  STRAIT_TRY(auto ends, posix::make_pipe());
  const auto shared = std::make_shared<inquiry>(what, result<std::vector<endpoint>>{});
  const int code = start_aside(
      std::make_unique<asking>(asking{.shared = shared, .ring = std::move(ends.writer)}));
  if (code != 0) return fail(posix::make_error(resolving, code, what.subject()));
  if (auto waited = posix::wait_ready(resolving, ends.reader.get(), POLLIN, until); !waited) {
    waited.error().subject = std::string_view{what.subject()};
    return fail(waited.error());
  }
  char done = 0;
  STRAIT_CHECK(posix::retry(resolving, [&] { return ::read(ends.reader.get(), &done, 1); }));
  return std::move(shared->answer);
}

}  // namespace strait::detail
