// SPDX-License-Identifier: MIT
#include "../resolver.hpp"

#include <memory>

#include "winsock.hpp"

namespace strait::detail {
namespace {

const char* hint_for(DWORD code) noexcept {
  switch (code) {
    case WSAHOST_NOT_FOUND: return "neither host nor address";
    case WSANO_DATA: return "the host has no address";
    case WSATYPE_NOT_FOUND: return "no such service";
    case WSATRY_AGAIN: return "no name server answered";
    case WSANO_RECOVERY: return "a name server failed";
    default: return "";
  }
}

std::unexpected<error> explain(DWORD code, const question& what) {
  auto why = win32::make_error(resolving, code, what.subject());
  why.hint = hint_for(code);
  // Who asks for a service alone names no host.
  if (why == condition::unknown_host && what.host.empty())
    why.condition = condition::invalid_argument;
  return fail(why);
}

int family_of(const resolve_options& wish) noexcept {
  if (wish.v4 && wish.v6) return AF_UNSPEC;
  return wish.v4 ? AF_INET : AF_INET6;
}

const wchar_t* or_null(const std::wstring& text) noexcept {
  return text.empty() ? nullptr : text.c_str();
}

/// Asks, for however long that takes.
result<std::vector<endpoint>> look_up(const question& what) {
  STRAIT_CHECK(win32::start_winsock(resolving));
  STRAIT_TRY(const auto host, win32::widen(what.host));
  STRAIT_TRY(const auto service, win32::widen(what.service));
  ADDRINFOW hints{};
  hints.ai_family = family_of(what.wish);
  hints.ai_socktype = SOCK_STREAM;  // else each address comes once for every kind of socket
  hints.ai_flags = what.is_numeric ? AI_NUMERICHOST : 0;
  ADDRINFOW* raw = nullptr;
  const int code = ::GetAddrInfoW(or_null(host), or_null(service), &hints, &raw);
  if (code != 0) return explain(static_cast<DWORD>(code), what);
  const std::unique_ptr<ADDRINFOW, decltype(&::FreeAddrInfoW)> all{raw, ::FreeAddrInfoW};
  std::vector<endpoint> found;
  for (const auto* one = raw; one != nullptr; one = one->ai_next) {
    if (const auto where = as_endpoint(one->ai_addr)) found.push_back(*where);
  }
  return found;
}

/// What the thread that asks and the one that waits share: the first may stay behind.
struct inquiry {
  question what;
  handle done;
  result<std::vector<endpoint>> answer;
};

void CALLBACK run(PTP_CALLBACK_INSTANCE instance, void* raw) {
  ::CallbackMayRunLong(instance);
  const std::unique_ptr<std::shared_ptr<inquiry>> mine{static_cast<std::shared_ptr<inquiry>*>(raw)};
  auto& shared = **mine;
  shared.answer = look_up(shared.what);
  ::SetEvent(shared.done.get());
}

/// Lets a thread of the pool work, for which nobody waits.
result<> start_aside(const std::shared_ptr<inquiry>& shared) {
  auto work = std::make_unique<std::shared_ptr<inquiry>>(shared);
  STRAIT_CHECK(win32::check(resolving, ::TrySubmitThreadpoolCallback(run, work.get(), nullptr)));
  static_cast<void>(work.release());
  return {};
}

}  // namespace

result<std::vector<endpoint>> ask_resolver(const question& what, const deadline& until) {
  if (until.is_never()) return look_up(what);
  STRAIT_TRY(auto done, win32::make_event(resolving));
  const auto shared = std::make_shared<inquiry>(what, std::move(done),
                                                result<std::vector<endpoint>>{});
  STRAIT_CHECK(start_aside(shared));
  if (auto waited = win32::wait_for(resolving, shared->done.get(), until); !waited) {
    waited.error().subject = std::string_view{what.subject()};
    return fail(waited.error());
  }
  return std::move(shared->answer);
}

}  // namespace strait::detail
