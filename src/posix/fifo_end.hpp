// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <strait/fifo.hpp>

#include "../runtime_directory.hpp"
#include "posix.hpp"

namespace strait::posix {

struct fifo_ends {
  /// To this one poll() tells only of writers that come after it was opened.
  handle reader;
  /// This one saw a writer go, so poll() tells it whenever there is none. No handle if this process
  /// may not write to the FIFO.
  handle sentinel;
};

/// Makes a FIFO of our own stand at `where`, in place of what a dead reader left. The caller has
/// claimed the name. Fails with file_exists if something else stands there.
result<fifo_ends> make_fifo(const char* operation, const detail::place& where,
                            const fifo_reader_options& wish);

/// Opens the FIFO that stands at `where` as it is; makes one if nothing does.
result<fifo_ends> open_fifo(const char* operation, const detail::place& where,
                            const fifo_reader_options& wish);

/// Opens one more end, without waiting for anybody, of the FIFO that `fd` is an end of. Fails with
/// no_such_file_or_directory if it is not the one that stands at `path` any more.
result<handle> open_again(const char* operation, const detail::place& where,
                          const std::string& path, int mode, int fd);

/// Takes the file of `fd` away if it is the one that stands at `path`.
result<> remove_fifo(const char* operation, const detail::place& where, int fd) noexcept;

/// Lets calls on an end that only this process has wait for others.
result<> make_waiting(const char* operation, const handle& end);

}  // namespace strait::posix
