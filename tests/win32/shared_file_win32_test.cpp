// SPDX-License-Identifier: MIT
#include <strait/shared_file.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include <strait/throw.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run.hpp"
#include "support/system.hpp"
#include "support/win32/win32.hpp"

using namespace std::chrono_literals;
using strait::as_bytes;
using strait::condition;
using strait::or_throw;
using strait::replace_file;
using support::file_place;
using support::soon;
using support::why;

namespace {

/// Opens it as most programs do, which do not share that it is deleted.
strait::handle open_as_others_do(const std::string& path) {
  HANDLE const raw = ::CreateFileW(support::widen(path).c_str(), GENERIC_READ,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                                   nullptr);
  if (raw == INVALID_HANDLE_VALUE) support::throw_last_error("CreateFileW");
  return strait::handle::adopt(raw);
}

/// Who may do what with it, as text.
std::wstring rights_of(const std::string& path) {
  const auto wide = support::widen(path);
  DWORD size = 0;
  ::GetFileSecurityW(wide.c_str(), DACL_SECURITY_INFORMATION, nullptr, 0, &size);
  std::vector<std::byte> descriptor(size);
  support::require(
      ::GetFileSecurityW(wide.c_str(), DACL_SECURITY_INFORMATION, descriptor.data(), size, &size),
      "GetFileSecurityW");
  wchar_t* raw = nullptr;
  support::require(
      ::ConvertSecurityDescriptorToStringSecurityDescriptorW(
          descriptor.data(), SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &raw, nullptr),
      "ConvertSecurityDescriptorToStringSecurityDescriptorW");
  std::wstring text{raw};
  ::LocalFree(raw);
  return text;
}

}  // namespace

TEST_CASE("a file that others have open is replaced when they have closed it",
          "[shared_file][win32]") {
  const file_place place{"old"};
  auto open = open_as_others_do(place.path);
  CHECK(why(replace_file(place.path, as_bytes("new"), 0ms)) == condition::timed_out);
  CHECK(why(replace_file(place.path, as_bytes("new"), 20ms)) == condition::timed_out);
  CHECK(place.content() == "old");
  strait::result<> replaced;
  {
    const std::jthread waiting{[&] { replaced = replace_file(place.path, as_bytes("new"), soon); }};
    CHECK(open.close());
  }
  CHECK(replaced);
  CHECK(place.content() == "new");
}

TEST_CASE("a file that is replaced keeps its access list, unless told", "[shared_file][win32]") {
  if (support::under_wine()) return support::skip("Wine's access lists are the modes of Unix");
  const file_place place;
  or_throw(replace_file(place.path, as_bytes("x"), {}, {.who = strait::access::everyone}));
  const auto wide = rights_of(place.path);
  or_throw(replace_file(place.path, as_bytes("y")));
  CHECK(rights_of(place.path) == wide);
  or_throw(replace_file(place.path, as_bytes("z"), {}, {.who = strait::access::owner}));
  CHECK(rights_of(place.path) != wide);
}

TEST_CASE("a file that is read-only is not replaced", "[shared_file][win32]") {
  const file_place place{"old"};
  const auto wide = support::widen(place.path);
  support::require(::SetFileAttributesW(wide.c_str(), FILE_ATTRIBUTE_READONLY), "read-only");
  CHECK(why(replace_file(place.path, as_bytes("new"), 0ms)) == condition::permission_denied);
  CHECK(place.content() == "old");
  support::require(::SetFileAttributesW(wide.c_str(), FILE_ATTRIBUTE_NORMAL), "writable");
}

TEST_CASE("a file that somebody has mapped is appended to", "[shared_file][win32]") {
  const file_place place{"old\n"};
  const auto open = support::open_file(place.path);
  HANDLE const raw = ::CreateFileMappingW(open.get(), nullptr, PAGE_READONLY, 0, 0, nullptr);
  if (raw == nullptr) support::throw_last_error("CreateFileMappingW");
  const auto mapping = strait::handle::adopt(raw);
  CHECK(strait::append_record(place.path, as_bytes("new\n")));
  CHECK(place.content() == "old\nnew\n");
}
