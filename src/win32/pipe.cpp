// SPDX-License-Identifier: MIT
#include <strait/pipe.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/xchar.h>

#include "pipe_factory.hpp"
#include "random.hpp"
#include "security.hpp"
#include "win32.hpp"

namespace strait {
namespace win32 {
namespace {

constexpr auto operation = "create pipe";
// Not less, or atomic writes would not fit as a whole; not more, because the system charges the
// process for it.
constexpr std::size_t least_capacity = 4096;
constexpr std::size_t usual_capacity = std::size_t{64} * 1024;
constexpr std::size_t most_capacity = std::size_t{1024} * 1024;

DWORD flag_of(end_kind kind) noexcept {
  return kind == end_kind::overlapped ? FILE_FLAG_OVERLAPPED : 0;
}

}  // namespace

DWORD capacity_for(std::size_t wish) noexcept {
  return static_cast<DWORD>(
      std::clamp(wish == 0 ? usual_capacity : wish, least_capacity, most_capacity));
}

result<std::wstring> random_name(const char* asking, const wchar_t* kind) {
  STRAIT_TRY(const auto first, random_bits(asking));
  STRAIT_TRY(const auto second, random_bits(asking));
  return fmt::format(LR"(\\.\pipe\{}.{}.{:016x}{:016x})", kind, ::GetCurrentProcessId(), first,
                     second);
}

result<plain_pipe> make_pipe(const pipe_options& wish, end_kind reader, end_kind writer) {
  STRAIT_TRY(const auto name, random_name(operation, L"strait"));
  STRAIT_TRY(const auto allowed, win32::rights::make());
  auto attributes = allowed.attributes();
  const auto capacity = capacity_for(wish.capacity);
  plain_pipe made;
  STRAIT_TRY(
      made.reader,
      own(operation,
          ::CreateNamedPipeW(
              name.c_str(), PIPE_ACCESS_INBOUND | FILE_FLAG_FIRST_PIPE_INSTANCE | flag_of(reader),
              PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, capacity, capacity, 0, &attributes)));
  // One instance only: had another process been faster to connect, this would fail.
  STRAIT_TRY(made.writer,
             own(operation,
                 ::CreateFileW(
                     name.c_str(), GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, nullptr, OPEN_EXISTING,
                     flag_of(writer) | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, nullptr)));
  return made;
}

}  // namespace win32

result<pipe> pipe::create(const options& wish) {
  using detail::byte_end;
  using win32::end_kind;
  STRAIT_TRY(auto ends, win32::make_pipe(wish, end_kind::overlapped, end_kind::overlapped));
  STRAIT_TRY(auto reader, byte_end::own(std::move(ends.reader), byte_end::direction::reads));
  STRAIT_TRY(auto writer, byte_end::own(std::move(ends.writer), byte_end::direction::writes));
  return pipe{.reader = pipe_reader{std::move(reader)}, .writer = pipe_writer{std::move(writer)}};
}

result<plain_pipe> plain_pipe::create(const pipe::options& wish) {
  using win32::end_kind;
  return win32::make_pipe(wish, end_kind::plain, end_kind::plain);
}

}  // namespace strait
