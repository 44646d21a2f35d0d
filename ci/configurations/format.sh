# clang-format 19 over every source
packages='clang-format-19'
tools='clang-format-19'

run() {
  check 'sources are formatted' each_source clang-format-19 --dry-run -Werror
}

each_source() {
  find include src tests examples tools ci \( -name '*.hpp' -o -name '*.cpp' \) -print0 |
    xargs -0 "$@"
}
