// SPDX-License-Identifier: MIT
#pragma once

// What tests need of the system beside strait: each function has a twin in posix/ and win32/.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <strait/handle.hpp>
#include <strait/native.hpp>
#include <strait/process.hpp>

namespace support {

// program.cpp: this process

/// The arguments of main, the program's name first, as UTF-8.
[[nodiscard]] std::vector<std::string> arguments(int argc, char** argv);
/// The value of a variable of this process's environment, as UTF-8.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);
void set_environment_variable(const std::string& name, const std::string& value);
void remove_environment_variable(const std::string& name);
/// Ends this process with `code`, from a thread that no signal of a test interrupts.
void end_this_process_after(std::chrono::seconds limit, int code);
/// What stands between two directories in PATH.
[[nodiscard]] std::string_view path_separator() noexcept;
/// "ENOENT 2" or "ERROR_FILE_NOT_FOUND 2": how the system says that there is no such file.
[[nodiscard]] std::string_view native_not_found() noexcept;

// streams.cpp: this process's standard streams, byte for byte

void write_output(std::string_view text);
void write_errors(std::string_view text);
/// Some bytes of standard input, at most `most`; none at its end.
[[nodiscard]] std::string read_input(std::size_t most);
/// All of standard input, to its end.
[[nodiscard]] std::string read_input();
/// Whether standard input is as ordinary programs expect it: a read waits for data.
[[nodiscard]] bool input_is_blocking();
/// Closes standard output, to show its readers the end while this process lives on.
void close_output();

// processes.cpp: other processes

/// Ends this process at once, as if somebody else had killed it.
[[noreturn]] void kill_this_process() noexcept;
/// Ends the process at once.
void kill_hard(std::uint32_t id);
/// How a process ends that is killed by kill_hard or kill_this_process.
[[nodiscard]] strait::exit_status killed_hard() noexcept;
/// How a process ends that child::kill killed.
[[nodiscard]] strait::exit_status killed_by_strait() noexcept;
/// From now on nothing looks at this process when it crashes: no debugger, no dialog.
void crash_quietly() noexcept;
/// Freezes all threads of a child: it lives, and does nothing.
void suspend(std::uint32_t id);
void resume(std::uint32_t id);
[[nodiscard]] std::uint32_t this_process() noexcept;
/// How much memory this process has, in bytes; 0 if the system does not tell.
[[nodiscard]] std::size_t memory_in_use();

// handles.cpp

[[nodiscard]] std::size_t count_open_handles();
/// What is open in this process, or of its pipes (Windows), beside the standard streams: called
/// first thing in a child it finds what was inherited.
[[nodiscard]] std::vector<std::uintptr_t> inherited_handles();
/// From now on this process may open so many handles; false if the system does not let it.
[[nodiscard]] bool allow_handles(std::size_t count);
/// The number of a handle, as inherited_handles gives it.
[[nodiscard]] std::uintptr_t number_of(strait::native_handle h) noexcept;
[[nodiscard]] bool is_inheritable(strait::native_handle h);
/// Lets careless programs pass the handle on to all their children.
void make_inheritable(strait::native_handle h);
/// A handle to nothing open: closed already, and not yet used again.
[[nodiscard]] strait::handle stale_handle();
/// An open file, which is no pipe.
[[nodiscard]] strait::handle open_file(const std::string& path);
/// What an open file begins with, at most 100 bytes.
[[nodiscard]] std::string beginning_of(strait::native_handle file);
/// What uv_pipe_open and the C library call a file: takes the handle over.
[[nodiscard]] int c_descriptor(strait::handle h);

}  // namespace support
