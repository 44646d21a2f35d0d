// SPDX-License-Identifier: MIT
#include <strait/local_stream.hpp>

#include <algorithm>

#include "../lock_file.hpp"
#include "../pause.hpp"
#include "local_pipe.hpp"
#include "passed_handles.hpp"
#include "pipe_factory.hpp"
#include "pipe_name.hpp"
#include "transfer.hpp"

#include <aclapi.h>

namespace strait {
namespace win32 {

// How much waits in each direction. A message with 64 sockets has to fit.
constexpr DWORD capacity = DWORD{64} * 1024;

result<handle> make_instance(const char* operation, const std::wstring& path, const rights& allowed,
                             DWORD flags, DWORD most_instances, std::string_view subject) {
  auto attributes = allowed.attributes();
  constexpr DWORD mode = PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_REJECT_REMOTE_CLIENTS;
  return own(operation,
             ::CreateNamedPipeW(path.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | flags,
                                mode, most_instances, capacity, capacity, 0, &attributes),
             subject);
}

result<handle> open_instance(const char* operation, const std::wstring& path,
                             std::string_view subject) {
  // The server may learn who we are, but not act in our name.
  constexpr DWORD flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
  return own(operation,
             ::CreateFileW(path.c_str(), duplex_access, 0, nullptr, OPEN_EXISTING, flags, nullptr),
             subject);
}

result<detail::place> lock_place(const name& n, access who) {
  // So that the path with its ending is not longer than MAX_PATH lets it be.
  constexpr std::size_t longest = 250;
  STRAIT_TRY(auto where, detail::place_of(n, "socket", who, longest));
  where.path += ".lock";
  return where;
}

}  // namespace win32

namespace {

constexpr auto connecting = "connect to local listener";
constexpr auto reading = "read from local stream";
constexpr auto writing = "write to local stream";
constexpr auto finishing = "finish local stream";
constexpr auto adopting = "adopt local stream";
constexpr auto sending = win32::sending_handles;
constexpr auto receiving = win32::receiving_handles;
constexpr auto pairing = "create pair of local streams";

// A write without a deadline might take everything, but the system copies what has to wait.
constexpr DWORD most_at_once = DWORD{1024} * 1024;

/// Whether nobody can come any more who would make a busy pipe free: it may consist of connections
/// that are left of a listener which has closed.
result<> check_listener(const name& n) {
  if (n.is_native()) return {};
  STRAIT_TRY(const auto lock, win32::lock_place(n, access::owner));
  const auto holder = detail::lock_file::holder(connecting, lock);
  const bool is_known = holder || holder.error() == condition::name_collision;
  if (!is_known) return {};
  if (!holder) return fail(holder.error());
  if (*holder) return {};
  return fail(condition::connection_refused, connecting, n.text());
}

result<handle> open_free(const std::wstring& path, const name& n, const deadline& until) {
  detail::patience patience{connecting, n.text(), until};
  for (;;) {
    auto opened = win32::open_instance(connecting, path, n.text());
    if (opened || opened.error().native != ERROR_PIPE_BUSY) return opened;
    STRAIT_CHECK(check_listener(n));
    STRAIT_CHECK(patience.wait());
  }
}

/// The next message, or as much of it as `into` takes; 0 at the end.
result<std::size_t> read_message(const char* operation, const handle& pipe, const handle& done,
                                 bool& is_ended, bytes into, const deadline& until) {
  if (is_ended && pipe && !until.stop_requested()) return 0;
  auto got = win32::transfer(operation, pipe.get(), done.get(), until, [&](OVERLAPPED* io) {
    return ::ReadFile(pipe.get(), into.data(), win32::clamp(into.size()), nullptr, io);
  });
  if (!got && got.error() == condition::broken_pipe) return 0;  // the peer has closed
  if (got && *got == 0) is_ended = true;                        // the peer has finished
  return got;
}

}  // namespace

result<local_stream> local_stream::connect(const name& n, const deadline& until,
                                           const options& wish) {
  if (until.stop_requested()) return fail(condition::operation_canceled, connecting, n.text());
  STRAIT_TRY(const auto path, win32::pipe_name(n, "socket"));
  // A name that was shortened may be another's shortened form, too.
  if (path.find(L'~') != std::wstring::npos) STRAIT_CHECK(check_listener(n));
  STRAIT_TRY(auto pipe, open_free(path, n, until));
  if (wish.who == access::owner) {
    STRAIT_CHECK(win32::check_owner(connecting, pipe.get(), n.text()));
  }
  return own(std::move(pipe));
}

result<std::pair<local_stream, local_stream>> local_stream::create_pair() {
  STRAIT_TRY(const auto path, win32::random_name(pairing, win32::pair_kind));
  STRAIT_TRY(const auto allowed, win32::rights::make());
  STRAIT_TRY(auto server,
             win32::make_instance(pairing, path, allowed, FILE_FLAG_FIRST_PIPE_INSTANCE, 1));
  // One instance only: had another process been faster to connect, this would fail.
  STRAIT_TRY(auto client, win32::open_instance(pairing, path));
  STRAIT_TRY(auto first, own(std::move(server)));
  STRAIT_TRY(auto second, own(std::move(client)));
  STRAIT_TRY(first.claim_, win32::claim_pair_end(pairing, first.io_.get()));
  STRAIT_TRY(second.claim_, win32::claim_pair_end(pairing, second.io_.get()));
  return std::pair{std::move(first), std::move(second)};
}

result<local_stream> local_stream::own(handle&& h) {
  constexpr auto operation = "prepare local stream";
  local_stream stream;
  STRAIT_TRY(const auto facts, win32::ask_pipe(operation, h.get()));
  stream.has_messages_ = facts.has_messages();
  if (stream.has_messages_) {
    DWORD mode = PIPE_READMODE_MESSAGE;  // else a message of nothing could not be seen
    STRAIT_CHECK(
        win32::check(operation, ::SetNamedPipeHandleState(h.get(), &mode, nullptr, nullptr)));
  }
  STRAIT_TRY(stream.read_done_, win32::make_event(operation));
  STRAIT_TRY(stream.write_done_, win32::make_event(operation));
  // See docs/decisions/004. Each direction has a buffer of its own.
  stream.limit_ = std::max(std::min(facts.in, facts.out), DWORD{1});
  // As long as the other end is open, its process lives, and nobody else has its number. Who has
  // closed already is not known to be the one that has the number now.
  const auto moment = win32::now();
  STRAIT_TRY(const bool is_connected, win32::is_connected(operation, h.get()));
  if (is_connected) stream.since_ = moment;
  stream.io_ = std::move(h);
  return stream;
}

result<local_stream> local_stream::adopt(handle h) {
  STRAIT_CHECK(win32::check_end(adopting, h.get(), FILE_READ_DATA | FILE_WRITE_DATA));
  STRAIT_TRY(auto stream, own(std::move(h)));
  STRAIT_TRY(stream.claim_, win32::claim_pair_end(adopting, stream.io_.get()));
  return stream;
}

result<std::size_t> local_stream::read(bytes into, const deadline& until) {
  if (into.empty()) return 0;
  // What a read waits for is room that the writer does not see. Half of it stays in sight.
  const auto most = std::max<std::size_t>(limit_ / 2, 1);
  return read_message(reading, io_, read_done_, is_ended_, into.first(std::min(into.size(), most)),
                      until);
}

result<std::size_t> local_stream::read(bytes_list into, const deadline& until) {
  return read(win32::first_of(into), until);
}

result<std::size_t> local_stream::write(const_bytes from, const deadline& until) {
  if (from.empty()) return 0;  // a message of nothing would be the end
  if (is_finished_ && io_) return fail(condition::broken_pipe, writing);
  return win32::write_some(writing, io_.get(), write_done_.get(), from, limit_, most_at_once,
                           until);
}

result<std::size_t> local_stream::write(const_bytes_list from, const deadline& until) {
  return win32::gather(from, [&](const_bytes piece) { return write(piece, until); });
}

result<> local_stream::finish() {
  if (!io_) return fail(condition::bad_file_descriptor, finishing);
  if (is_finished_) return {};
  if (!has_messages_) {
    return fail(condition::not_supported, finishing, {},
                "a pipe of bytes that another program made has no half close");
  }
  // It takes no room in the pipe, so it does not wait for any.
  STRAIT_CHECK(win32::transfer(finishing, io_.get(), write_done_.get(), {}, [&](OVERLAPPED* io) {
    return ::WriteFile(io_.get(), "", 0, nullptr, io);
  }));
  is_finished_ = true;
  return {};
}

result<> local_stream::send_handles(std::span<const native_handle> handles, const deadline& until) {
  if (until.stop_requested()) return fail(condition::operation_canceled, sending);
  if (handles.empty() || handles.size() > win32::most_passed) {
    return fail(condition::invalid_argument, sending, {}, "from 1 to 64 handles at once");
  }
  if (is_finished_ && io_) return fail(condition::broken_pipe, sending);
  if (io_ && !has_messages_) return fail(condition::not_supported, sending);
  constexpr DWORD wanted = PROCESS_DUP_HANDLE;
  auto process = claim_ ? win32::other_process_of_pair(sending, io_.get(), wanted, until)
                        : win32::other_process(sending, io_.get(), wanted, since_);
  if (!process && process.error() == condition::no_such_process) {
    process.error().condition = condition::broken_pipe;
  }
  if (!process) return fail(process.error());
  win32::pushed_handles pushed{*std::move(process)};
  STRAIT_TRY(const auto message, win32::make_frame(handles, pushed));
  if (!until.is_never() && message.size() > limit_) {
    return fail(condition::no_buffer_space, sending);  // see docs/decisions/004
  }
  STRAIT_CHECK(win32::transfer(sending, io_.get(), write_done_.get(), until, [&](OVERLAPPED* io) {
    return ::WriteFile(io_.get(), message.data(), win32::clamp(message.size()), nullptr, io);
  }));
  pushed.keep();
  return {};
}

result<std::size_t> local_stream::receive_handles(std::span<handle> into, const deadline& until) {
  std::vector<std::byte> message(win32::most_frame_bytes);
  STRAIT_TRY(const auto size, read_message(receiving, io_, read_done_, is_ended_, message, until));
  if (size == 0) return fail(condition::broken_pipe, receiving);
  message.resize(size);
  STRAIT_TRY(const auto sent, win32::frame::parse(std::move(message)));
  if (!claim_) STRAIT_CHECK(win32::check_sender(receiving, io_.get(), since_));
  win32::received_handles received;
  STRAIT_CHECK(received.open(sent));
  if (sent.count() > into.size()) return fail(condition::message_size, receiving);
  received.take(into);
  return sent.count();
}

}  // namespace strait
