// SPDX-License-Identifier: MIT
#include <utility>

#include <fmt/format.h>

#include "../runtime_directory.hpp"
#include "../segment.hpp"
#include "../try.hpp"
#include "pipe_name.hpp"

namespace strait::detail {
namespace {

std::string object_name(scope where, std::string_view user, std::string_view text,
                        std::string_view kind) {
  const auto* const reach = where == scope::user ? "Local" : "Global";
  return fmt::format(R"({}\strait.{}.{}.{})", reach, user, text, kind);
}

}  // namespace

result<segment_name> segment_name_of(const name& n, std::string_view kind, access who) {
  STRAIT_TRY(auto beside, place_of(n, kind, who));
  if (n.is_native()) return segment_name{.object = n.text(), .file = {}, .is_native = true};
  STRAIT_TRY(const auto user, win32::user_part(n.where()));
  return segment_name{.object = object_name(n.where(), win32::narrow(user), n.text(), kind),
                      .file = std::move(beside.path)};
}

std::vector<segment_name> listed_segments(scope /*where*/, std::string_view /*kind*/) {
  return {};  // what has no file goes by itself
}

segment_name segment_beside(scope where, std::string_view file, std::string_view text,
                            std::string_view kind) {
  const auto user = win32::user_part(where);
  return {.object = object_name(where, user ? win32::narrow(*user) : "", text, kind),
          .file = std::string{file}};
}

}  // namespace strait::detail
