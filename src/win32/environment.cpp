// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <map>
#include <memory>

#include "../given.hpp"
#include "win32.hpp"

namespace strait {
namespace win32 {
namespace {

/// Names are the same if they differ only in case; Windows wants them sorted that way.
struct by_name {
  bool operator()(const std::wstring& a, const std::wstring& b) const noexcept {
    return ::CompareStringOrdinal(a.data(), static_cast<int>(a.size()), b.data(),
                                  static_cast<int>(b.size()), TRUE) == CSTR_LESS_THAN;
  }
};
using variables = std::map<std::wstring, std::wstring, by_name>;

variables of_this_process() {
  variables all;
  const std::unique_ptr<wchar_t, decltype(&::FreeEnvironmentStringsW)> block{
      ::GetEnvironmentStringsW(), ::FreeEnvironmentStringsW};
  for (const wchar_t* entry = block.get(); entry != nullptr && *entry != L'\0';) {
    const std::wstring_view text{entry};
    entry += text.size() + 1;
    // The current directory of a drive stands there as "=C:=C:\folder".
    const auto equals = text.find(L'=', 1);
    if (equals == std::wstring_view::npos) continue;
    all.insert_or_assign(std::wstring{text.substr(0, equals)},
                         std::wstring{text.substr(equals + 1)});
  }
  return all;
}

std::wstring to_block(const variables& all) {
  std::wstring block;
  for (const auto& [name, value] : all) {
    block.append(name).append(1, L'=').append(value).append(1, L'\0');
  }
  block.append(all.empty() ? 2 : 1, L'\0');
  return block;
}

}  // namespace

result<std::wstring> make_environment(const command& c, const std::string& given) {
  variables made;
  if (c.inherit_environment) made = of_this_process();
  // Without it not even the system's own libraries load.
  made.try_emplace(L"SystemRoot", environment_value(L"SystemRoot"));
  for (const auto& change : c.environment) {
    STRAIT_TRY(const auto name, widen(change.name));
    made.erase(name);
    if (!change.value) continue;
    STRAIT_TRY(made[name], widen(*change.value));
  }
  // What this process was given is not for its children.
  STRAIT_TRY(const auto list, widen(detail::given_variable));
  made.erase(list);
  if (!given.empty()) {
    STRAIT_TRY(made[list], widen(given));
  }
  return to_block(made);
}

}  // namespace win32

std::string detail::given_list() {
  static_assert(given_variable == "STRAIT_GIVEN");
  return win32::narrow(win32::environment_value(L"STRAIT_GIVEN"));
}

}  // namespace strait
