// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <strait/access.hpp>
#include <strait/bytes.hpp>
#include <strait/deadline.hpp>
#include <strait/durability.hpp>
#include <strait/error.hpp>
#include <strait/file_lock.hpp>
#include <strait/native.hpp>

// The oldest way of all: a file that one process writes and others read.
namespace strait {

struct append_options {
  access who = access::owner;  ///< Who else may use the file, if it is made.
  bool create = true;          ///< Makes the file if it is not there.
  /// The byte that ends each record, and stands nowhere else in it. Nothing: records are any bytes,
  /// and tell themselves where they end.
  std::optional<char> mark = '\n';
  /// How far each record has gone when append returns. Nothing: to all other processes; the system
  /// writes it to the disk when it likes.
  std::optional<durability> flush = {};
};

/// Adds records to the end of a file, such as lines to a log, to which others do the same.
///
///     auto log = or_throw(appender::open("/var/log/jobs"));
///     log.append(as_bytes("job 7 is done\n"), 1s);
///
/// What append has reported is in the file, whole, exactly once, and in one piece: no record
/// is mixed with another, or written over one, whoever is killed, at whatever instruction. If there
/// is no room for a record, nothing of it stays. What a writer that is killed in the middle leaves
/// of its record is ended by the next append with "\x18" (which means "cancel" in ASCII) and the
/// mark: a line that ends with "\x18\n" was never finished. So is the last one if it has no mark.
/// Without a mark nobody can tell.
///
/// Writers exclude each other by the file's lock (see file_lock): who has a lock on the file keeps
/// them out, and a shared one suffices to read what changes no more. Who reads without one may see
/// the beginning of the last record. Other programs may append, too, but by whole records in single
/// calls. A file that was renamed is still written by those who have it open.
/// Not for two threads at once: each may have one of its own. Move-only.
class STRAIT_API appender {
 public:
  using options = append_options;

  appender() noexcept = default;

  /// Opens the file, which must be a plain one; a symbolic link is followed.
  ///
  /// Fails with no_such_file_or_directory, permission_denied, is_a_directory, invalid_argument if
  /// it is no plain file, too_many_files_open.
  [[nodiscard]] static result<appender> open(std::string_view path, const options& wish = {});

  /// Waits until no other process writes, and adds the record. A process that is stopped while it
  /// writes lets the others wait. An empty record is nothing. If only the flush fails, the record
  /// is there.
  ///
  /// Fails with invalid_argument if the mark is not at the end alone, timed_out,
  /// operation_canceled, no_space_on_device, file_too_large, io_error; bad_file_descriptor if this
  /// is closed. A limit to the size of files (RLIMIT_FSIZE) comes with the signal SIGXFSZ, which
  /// ends a process that does not ignore it.
  result<> append(const_bytes record, const deadline& until = {});

  [[nodiscard]] native_handle native() const noexcept { return file_.native(); }
  explicit operator bool() const noexcept { return static_cast<bool>(file_); }

 private:
  [[nodiscard]] result<> check(const_bytes record) const;
  result<> cancel_rest(std::uint64_t& size);
  result<> write(const_bytes record, std::uint64_t size);

  file_lock file_;
  options wish_;
  subject_name name_;
  std::uint64_t whole_ = 0;  ///< At this size the file ended with a mark.
};

/// Opens the file and adds one record, as appender does.
STRAIT_API result<> append_record(std::string_view path, const_bytes record,
                                  const deadline& until = {}, const append_options& wish = {});

struct replace_options {
  /// `ordered`: after a loss of power there is the old content or the new. `full`: the new, if
  /// replace_file has returned; it waits for the disk once more.
  durability flush = durability::ordered;
  /// Who may use the new file. Nothing: who might use the old one; the owner if there was none.
  std::optional<access> who = {};
};

/// Gives a file this content, as a whole: whoever opens it finds the old content or the new, never
/// a mixture, a part or nothing, whoever is killed, at whatever instruction. It is made if it is
/// not there.
///
///     or_throw(replace_file("settings.json", as_bytes(text)));
///
/// The content is written to a file beside it, "NAME~strait-" and 16 digits, which then gets its
/// name. What killed processes leave of such is taken away by the next who replaces that file. Who
/// has the old file open goes on reading the old content. Of several at once the last one wins:
/// who reads before, and replaces what was read, needs a lock on another file.
///
/// If the path is a symbolic link, the file that it leads to is replaced, and the link stays. Other
/// hard links keep the old content. POSIX: permissions stay, and the group if this user may give
/// it; the owner is who replaced it, and access lists and attributes are those of a new file.
/// Windows: the access list stays. While another process has the file open and does not share its
/// deletion, as most programs do not, it cannot be replaced: this waits until that has ended. And
/// such a program cannot open it in the very moment in which it is replaced
/// (ERROR_SHARING_VIOLATION).
///
/// Fails with permission_denied if the directory or the file may not be written, is_a_directory,
/// invalid_argument if it is no plain file, no_such_file_or_directory for a directory or the target
/// of a link, no_space_on_device, timed_out, operation_canceled.
STRAIT_API result<> replace_file(std::string_view path, const_bytes content,
                                 const deadline& until = {}, const replace_options& wish = {});

}  // namespace strait
