// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <strait/deadline.hpp>
#include <strait/error.hpp>
#include <strait/handle.hpp>
#include <strait/pipe.hpp>
#include <strait/wait.hpp>

namespace strait {

/// Where a child's standard input, output or errors come from or go to.
///
///     command{.program = "sort", .input = redirect::file("names"), .output = redirect::pipe()}
class redirect {
 public:
  enum class kind : std::uint8_t { inherit, discard, pipe, file, append, same_as_output, given };

  /// What this process has.
  [[nodiscard]] static redirect inherit() noexcept { return redirect{kind::inherit}; }
  /// Nothing: input ends at once, output vanishes.
  [[nodiscard]] static redirect discard() noexcept { return redirect{kind::discard}; }
  /// A new pipe, whose other end is child::input, child::output or child::errors.
  [[nodiscard]] static redirect pipe() noexcept { return redirect{kind::pipe}; }
  /// A file to read from, or to write from its beginning, emptied or made (for its owner alone).
  [[nodiscard]] static redirect file(std::string path) {
    return redirect{kind::file, std::move(path)};
  }
  /// A file to write to, behind what is there. Not for input.
  [[nodiscard]] static redirect append(std::string path) {
    return redirect{kind::append, std::move(path)};
  }
  /// Errors go where output goes. For errors alone.
  [[nodiscard]] static redirect same_as_output() noexcept { return redirect{kind::same_as_output}; }
  /// A handle, closed here once the child has it: an end of a plain_pipe, an open file.
  ///
  /// Windows: spawn refuses an end of a strait pipe with not_supported, because ordinary programs
  /// cannot use an overlapped handle; plain_pipe makes those that they can.
  [[nodiscard]] static redirect to(strait::handle h) {
    redirect r{kind::given};
    r.handle_ = std::make_shared<strait::handle>(std::move(h));
    return r;
  }

  redirect() noexcept = default;

  [[nodiscard]] kind what() const noexcept { return kind_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::shared_ptr<strait::handle>& shared_handle() const noexcept {
    return handle_;
  }

 private:
  explicit redirect(kind k, std::string path = {}) : kind_{k}, path_{std::move(path)} {}

  kind kind_ = kind::inherit;
  std::string path_;
  std::shared_ptr<strait::handle> handle_;
};

/// A handle for the child, under a name by which `inherited` finds it there.
///
/// Any type of strait that owns handles will do. It is closed here once the child has it: give a
/// duplicate to keep it.
class given {
 public:
  /// `name` has 1 to 64 of the characters [A-Za-z0-9._-]; spawn refuses others.
  template <class Thing>
    requires requires(Thing t) {
      { t.release() } -> std::same_as<handle>;
    }
  given(std::string name, Thing thing) : name_{std::move(name)} {
    add(thing.release());
  }
  given(std::string name, handle thing) : name_{std::move(name)} { add(std::move(thing)); }
  given(std::string name, duplex_pipe thing) : name_{std::move(name)} {
    add(thing.reader.release());
    add(thing.writer.release());
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::span<const std::shared_ptr<handle>> handles() const noexcept {
    return handles_;
  }

 private:
  void add(handle h) { handles_.push_back(std::make_shared<handle>(std::move(h))); }

  std::string name_;
  std::vector<std::shared_ptr<handle>> handles_;
};

/// A change to a child's environment: a value, or std::nullopt to take the variable away.
struct variable {
  std::string name;
  std::optional<std::string> value;
};

/// A program to start, and how.
///
/// All text is UTF-8. Nothing of this process is inherited but what is asked for here.
struct command {
  /// With a separator in it: a path, from this process's current directory if relative. Else a name
  /// that is looked up in this process's PATH and nowhere else. Windows: ".exe" may be left out;
  /// batch files are refused with not_supported, because no quoting of arguments is safe for them.
  std::string program;
  /// Reaches the program word for word; nothing is expanded or split.
  std::vector<std::string> args = {};
  /// Changes to what is inherited of this process's environment.
  std::vector<variable> environment = {};
  /// False: the child gets only the variables named in `environment`.
  bool inherit_environment = true;
  /// The child's current directory; empty for this process's.
  std::string directory = {};

  redirect input = {};
  redirect output = {};
  redirect errors = {};
  std::vector<given> give = {};

  /// The child, and all that it starts in turn, is killed when its `child` object is destroyed or
  /// this process ends, however it ends.
  ///
  /// POSIX: the child gets a process group of its own and a keeper, a small /bin/sh that kills the
  /// group when this process, and every copy of it made by fork, is gone; a grandchild that calls
  /// setsid escapes. Windows: a job.
  bool die_with_parent = false;
};

/// How a process ended.
struct exit_status {
  enum class kind : std::uint8_t {
    code,     ///< By itself; `value` is what main returned.
    signal,   ///< POSIX: killed by the signal `value`.
    ntstatus  ///< Windows: ended by the exception, or from outside, with this NTSTATUS.
  };

  kind how = kind::code;
  std::uint32_t value = 0;

  [[nodiscard]] bool success() const noexcept { return how == kind::code && value == 0; }
  /// "exit code 3", "signal 9", "NTSTATUS 0xC0000005".
  [[nodiscard]] STRAIT_API std::string message() const;

  friend bool operator==(const exit_status&, const exit_status&) noexcept = default;
};

/// A process that was started here.
///
/// One thread at a time may use it; its pipe ends belong to whoever uses them. A child that is
/// still running when its object is destroyed runs on, unless it is to die with its parent.
class STRAIT_API child {
 public:
  pipe_writer input;   ///< Open if command::input is a pipe. Close it to end the child's input.
  pipe_reader output;  ///< Open if command::output is a pipe.
  pipe_reader errors;  ///< Open if command::errors is a pipe.

  child() noexcept;
  child(child&& other) noexcept;
  child& operator=(child&& other) noexcept;
  ~child();

  /// The system's number for the process. It names this process until `wait` has succeeded.
  [[nodiscard]] std::uint32_t id() const noexcept;

  /// Waits until the process has ended, and tells how; again and again if asked.
  ///
  /// Fails with timed_out, operation_canceled; with no_child_process if something else in this
  /// process took the exit status away, or ignores SIGCHLD.
  [[nodiscard]] result<exit_status> wait(const deadline& until = {});

  /// For wait_any: whether the process has ended.
  [[nodiscard]] readiness exited() const noexcept {
    return readiness{{.what = native(), .until = detail::watched::kind::signalled}};
  }

  /// Asks the process to end, then kills it if it has not done so by `grace`, and tells how it
  /// ended.
  ///
  /// POSIX: asks with SIGTERM. Windows: with an event that a strait child hears by
  /// stop_requested(); another kind of child cannot be asked and is killed after `grace`.
  result<exit_status> stop(const deadline& grace);

  /// Ends the process at once, and with `die_with_parent` all that it started. `wait` tells how it
  /// ended: by signal 9, on Windows with the NTSTATUS that control-C causes, 0xC000013A.
  result<> kill();

  /// What becomes ready when the process has ended, for poll() or WaitForMultipleObjects.
  [[nodiscard]] native_handle native() const noexcept;
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  friend STRAIT_API result<child> spawn(const command& c);
  result<> ask();
  struct state;
  std::unique_ptr<state> state_;
};

/// Starts a program. Redirected and given handles are closed here once it has them.
///
/// Fails with no_such_file_or_directory or permission_denied if there is no such program or it is
/// not executable; with no_such_file_or_directory or not_a_directory, and an operation that says
/// so, if the directory is wrong; invalid_argument if a string holds a zero byte or a given name is
/// not allowed; too_many_files_open, not_enough_memory. A child that failed to start is gone.
///
/// Safe from any number of threads at once, each child getting only what is given to it. POSIX:
/// signals are unblocked in the child and SIGPIPE has its default effect. Windows: other code that
/// calls CreateProcess with inheritance and without a handle list at the same moment may pass the
/// handles on as well.
[[nodiscard]] STRAIT_API result<child> spawn(const command& c);

/// What a program left behind.
struct captured {
  exit_status status;
  std::string output;
  std::string errors;
};

/// Runs a program to its end and captures what it writes, however much that is, while feeding it
/// `input`. command::input, output and errors are used where they are not `inherit`.
///
/// Returns when the program has ended and its output and errors have been closed by all that it
/// started. Fails as `spawn` does, and with timed_out or operation_canceled, after killing it.
[[nodiscard]] STRAIT_API result<captured> run(command c, const_bytes input = {},
                                              const deadline& until = {});

/// The program that is running, as `command::program` takes it.
[[nodiscard]] STRAIT_API result<std::string> program_path();

/// Whether this process has been asked to end, by child::stop or otherwise.
///
/// POSIX: listens for SIGTERM from its first call on, which then no longer ends the process; a
/// handler that was there before is still called. Windows: listens for the event child::stop sets.
[[nodiscard]] STRAIT_API bool stop_requested() noexcept;

/// Waits until this process is asked to end. Fails with timed_out, operation_canceled.
[[nodiscard]] STRAIT_API result<> wait_for_stop(const deadline& until = {});

namespace detail {
/// Takes the handles given under `name`, as many as `into` has places.
[[nodiscard]] STRAIT_API result<> take_given(std::string_view name, std::span<handle> into);

/// What is not the kind of thing that was asked for is not a wrong argument, but a wrong gift.
template <class Thing>
result<Thing> as_given(result<Thing> thing, std::string_view name) {
  if (!thing && thing.error() == condition::invalid_argument) {
    thing.error().condition = condition::incompatible;
    thing.error().subject = name;
  }
  return thing;
}
}  // namespace detail

/// What the parent gave under `name`: `inherited<pipe_reader>("jobs")`. Works once.
///
/// Fails with no_such_file_or_directory if nothing of that name was given or it was taken before,
/// incompatible if it was another kind of thing.
template <class Thing>
[[nodiscard]] result<Thing> inherited(std::string_view name) {
  if constexpr (requires(handle h) { Thing::adopt(std::move(h), std::move(h)); }) {
    handle both[2];
    if (auto taken = detail::take_given(name, both); !taken) return std::unexpected{taken.error()};
    return detail::as_given(Thing::adopt(std::move(both[0]), std::move(both[1])), name);
  } else {
    handle one[1];
    if (auto taken = detail::take_given(name, one); !taken) return std::unexpected{taken.error()};
    if constexpr (std::is_same_v<Thing, handle>) {
      return std::move(one[0]);
    } else {
      return detail::as_given(Thing::adopt(std::move(one[0])), name);
    }
  }
}

}  // namespace strait
