// SPDX-License-Identifier: MIT
#include "naming.hpp"
#include "runtime_directory.hpp"
#include "try.hpp"

namespace strait::detail {

result<> check_reach(const name& n, access who) {
  if (who == access::owner || n.is_native() || n.where() == scope::machine) return {};
  return fail(condition::invalid_argument, "use name", n.text(),
              "others can only find names of scope::machine");
}

result<place> place_of(const name& n, std::string_view kind, access who, std::size_t limit) {
  STRAIT_CHECK(n.check());
  STRAIT_CHECK(check_reach(n, who));
  if (n.is_native()) {
    if (n.text().size() > limit) {
      return fail(condition::filename_too_long, "use name", n.text(),
                  "the path is longer than the system's limit for such a thing");
    }
    return place{.path = n.text(), .name = n.text()};
  }
  STRAIT_TRY(const auto directory, runtime_directory(n.where()));
  STRAIT_TRY(const auto prefix, name_prefix(n.where()));
  STRAIT_TRY(auto path, file_path(directory, prefix + n.text(), kind, limit));
  return place{.path = std::move(path), .name = n.text()};
}

}  // namespace strait::detail
