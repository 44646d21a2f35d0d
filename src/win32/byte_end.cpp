// SPDX-License-Identifier: MIT
#include <strait/detail/byte_end.hpp>

#include <algorithm>
#include <chrono>

#include "pipe_factory.hpp"
#include "transfer.hpp"

#include <winternl.h>

namespace strait {
namespace win32 {

// The DDK's names are not in the SDK's headers of every toolchain.
constexpr auto file_access_information = static_cast<FILE_INFORMATION_CLASS>(8);
constexpr auto file_mode_information = static_cast<FILE_INFORMATION_CLASS>(16);
constexpr auto file_pipe_local_information = static_cast<FILE_INFORMATION_CLASS>(24);
constexpr ULONG synchronous_modes = 0x10 | 0x20;  // FILE_SYNCHRONOUS_IO_ALERT, _NONALERT
constexpr ULONG connected_state = 3;              // FILE_PIPE_CONNECTED_STATE

namespace {

/// FILE_PIPE_LOCAL_INFORMATION.
struct pipe_local_facts {
  ULONG type, configuration, most_instances, instances, in, in_use, out, out_free, state, end;
};

template <class Answer = ULONG>
result<Answer> ask_file(const char* operation, HANDLE h, FILE_INFORMATION_CLASS what) {
  Answer answer{};
  IO_STATUS_BLOCK status{};
  const auto code = ::NtQueryInformationFile(h, &status, &answer, sizeof answer, what);
  if (code < 0) return fail(make_error(operation, ::RtlNtStatusToDosError(code)));
  return answer;
}

}  // namespace

result<bool> is_synchronous(const char* operation, HANDLE h) {
  STRAIT_TRY(const auto mode, ask_file(operation, h, file_mode_information));
  return (mode & synchronous_modes) != 0;
}

result<ACCESS_MASK> access_of(const char* operation, HANDLE h) {
  return ask_file<ACCESS_MASK>(operation, h, file_access_information);
}

result<pipe_room> room_in(const char* operation, HANDLE writer) {
  STRAIT_TRY(const auto facts,
             ask_file<pipe_local_facts>(operation, writer, file_pipe_local_information));
  if (facts.state != connected_state) return fail(condition::broken_pipe, operation);
  return pipe_room{.free = facts.out_free, .capacity = std::max(facts.in, facts.out)};
}

result<pipe_facts> ask_pipe(const char* operation, HANDLE h) {
  pipe_facts facts;
  STRAIT_CHECK(
      check(operation, ::GetNamedPipeInfo(h, &facts.flags, &facts.out, &facts.in, nullptr)));
  return facts;
}

result<bool> is_connected(const char* operation, HANDLE h) {
  STRAIT_TRY(const auto facts,
             ask_file<pipe_local_facts>(operation, h, file_pipe_local_information));
  return facts.state == connected_state;
}

result<> check_end(const char* operation, HANDLE h, ULONG needed) {
  if (!ask_pipe(operation, h)) {
    // What is no pipe is an argument of the wrong kind, what is no handle a bad one.
    DWORD flags = 0;
    STRAIT_CHECK(check(operation, ::GetHandleInformation(h, &flags)));
    return fail(condition::invalid_argument, operation);
  }
  STRAIT_TRY(const auto access, access_of(operation, h));
  if ((access & needed) != needed) return fail(condition::invalid_argument, operation);
  STRAIT_TRY(const bool waits_inside, is_synchronous(operation, h));
  if (waits_inside) return fail(condition::not_supported, operation);
  return {};
}

}  // namespace win32

namespace detail {
namespace {

constexpr auto reading = "read from pipe";
constexpr auto writing = "write to pipe";

}  // namespace

result<byte_end> byte_end::own(handle h, direction d) {
  constexpr auto operation = "prepare pipe end";
  byte_end end;
  STRAIT_TRY(end.done_, win32::make_event(operation));
  STRAIT_TRY(const auto facts, win32::ask_pipe(operation, h.get()));
  // A write that waits can be ended exactly only if it fits into the pipe as a whole: the system
  // then completes it before the first of its bytes can be read. See docs/decisions/004.
  end.limit_ = std::max({facts.in, facts.out, DWORD{2}});
  // What a read waits for is room that a writer does not see. Half of it stays in sight.
  if (d == direction::reads) end.limit_ /= 2;
  end.io_ = std::move(h);
  return end;
}

result<byte_end> byte_end::adopt(handle h, direction d) {
  const ULONG needed = d == direction::reads ? FILE_READ_DATA : FILE_WRITE_DATA;
  STRAIT_CHECK(win32::check_end("adopt pipe end", h.get(), needed));
  return own(std::move(h), d);
}

result<std::size_t> byte_end::read(bytes into, const deadline& until) {
  if (into.empty()) return 0;
  auto got = win32::transfer(reading, io_.get(), done_.get(), until, [&](OVERLAPPED* io) {
    return ::ReadFile(io_.get(), into.data(), win32::clamp(into.size(), limit_), nullptr, io);
  });
  if (!got && got.error() == condition::broken_pipe) return 0;  // every writer has closed
  return got;
}

result<std::size_t> byte_end::read(bytes_list into, const deadline& until) {
  return read(win32::first_of(into), until);
}

result<std::size_t> byte_end::write(const_bytes from, const deadline& until) {
  if (from.empty()) return 0;
  return win32::write_some(writing, io_.get(), done_.get(), from, limit_, MAXLONG, until);
}

result<std::size_t> byte_end::write(const_bytes_list from, const deadline& until) {
  return win32::gather(from, [&](const_bytes piece) { return write(piece, until); });
}

result<std::size_t> byte_end::capacity() const {
  STRAIT_TRY(const auto facts, win32::ask_pipe("ask pipe capacity", io_.get()));
  return std::max(facts.in, facts.out);
}

}  // namespace detail
}  // namespace strait
