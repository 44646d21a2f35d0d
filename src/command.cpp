// SPDX-License-Identifier: MIT
#include "command.hpp"

#include <algorithm>

#include "try.hpp"

namespace strait::detail {
namespace {

bool has_zero(std::string_view text) noexcept {
  return text.find('\0') != std::string_view::npos;
}

bool is_allowed(const variable& v) noexcept {
  if (v.name.empty() || has_zero(v.name) || v.name.find('=') != std::string::npos) return false;
  return !v.value || !has_zero(*v.value);
}

bool is_allowed(const given& g) noexcept {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !g.name().empty() && g.name().size() <= 64 &&
         g.name().find_first_not_of(allowed) == std::string::npos;
}

struct opened {
  handle theirs;
  handle ours;
};

result<opened> open_pipe(bool child_reads) {
  STRAIT_TRY(auto made, make_standard_pipe(child_reads));
  if (child_reads) return opened{.theirs = std::move(made.reader), .ours = std::move(made.writer)};
  return opened{.theirs = std::move(made.writer), .ours = std::move(made.reader)};
}

result<opened> only_theirs(result<handle> h) {
  if (!h) return fail(h.error());
  return opened{.theirs = *std::move(h), .ours = {}};
}

result<opened> open_one(const redirect& r, std::size_t index) {
  const bool child_reads = index == 0;
  switch (r.what()) {
    case redirect::kind::inherit: return only_theirs(duplicate_standard(index));
    case redirect::kind::discard: return only_theirs(open_null());
    case redirect::kind::pipe: return open_pipe(child_reads);
    case redirect::kind::file:
      return only_theirs(open_file(r.path(), child_reads ? file_use::read : file_use::write));
    case redirect::kind::append: return only_theirs(open_file(r.path(), file_use::append));
    case redirect::kind::given: return only_theirs(duplicate_plain(*r.shared_handle()));
    case redirect::kind::same_as_output: break;  // not for the caller of this function
  }
  return fail(condition::invalid_argument, "redirect");
}

void close(const redirect& r) noexcept {
  if (r.shared_handle()) static_cast<void>(r.shared_handle()->close());
}

}  // namespace

result<> check(const command& c) {
  const auto refuse = [&](const char* operation) {
    return fail(condition::invalid_argument, operation, c.program);
  };
  if (c.program.empty() || has_zero(c.program)) return refuse("use program name");
  if (has_zero(c.directory)) return refuse("use working directory of");
  if (std::ranges::any_of(c.args, has_zero)) return refuse("use arguments of");
  for (const auto& v : c.environment) {
    if (!is_allowed(v)) return refuse("use environment of");
  }
  for (auto g = c.give.begin(); g != c.give.end(); ++g) {
    const bool is_double = std::any_of(
        c.give.begin(), g, [&](const given& other) { return other.name() == g->name(); });
    if (!is_allowed(*g) || is_double) return refuse("use names of handles given to");
  }
  for (const auto* const r : {&c.input, &c.output, &c.errors}) {
    if (has_zero(r->path())) return refuse("use redirections of");
  }
  const bool misused = c.input.what() == redirect::kind::append ||
                       c.input.what() == redirect::kind::same_as_output ||
                       c.output.what() == redirect::kind::same_as_output;
  if (misused) return refuse("use redirections of");
  return {};
}

result<standard_handles> open_standard_handles(const command& c) {
  STRAIT_TRY(auto in, open_one(c.input, 0));
  STRAIT_TRY(auto out, open_one(c.output, 1));
  opened err;
  if (c.errors.what() == redirect::kind::same_as_output) {
    STRAIT_TRY(err.theirs, out.theirs.duplicate());
  } else {
    STRAIT_TRY(err, open_one(c.errors, 2));
  }
  standard_handles made;
  made.theirs = {std::move(in.theirs), std::move(out.theirs), std::move(err.theirs)};
  if (in.ours) {
    STRAIT_TRY(made.input, pipe_writer::adopt(std::move(in.ours)));
  }
  if (out.ours) {
    STRAIT_TRY(made.output, pipe_reader::adopt(std::move(out.ours)));
  }
  if (err.ours) {
    STRAIT_TRY(made.errors, pipe_reader::adopt(std::move(err.ours)));
  }
  return made;
}

void let_go(const command& c) noexcept {
  close(c.input);
  close(c.output);
  close(c.errors);
  for (const auto& g : c.give) {
    for (const auto& h : g.handles()) static_cast<void>(h->close());
  }
}

}  // namespace strait::detail
