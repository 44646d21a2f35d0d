# clang-tidy 19 over every source, Linux and Windows
packages='clang-19 clang-tidy-19 libclang-19-dev llvm-19-dev g++-mingw-w64-x86-64-posix'
tools='clang-tidy-19 clang++-19 llvm-config-19 x86_64-w64-mingw32-g++-posix ninja'

run() {
  plugin=$build/own_code.so
  check 'plugin for clang-tidy' build_plugin
  check 'native sources' tidy_native
  check 'Windows sources' tidy_windows
}

build_plugin() {
  clang++-19 -std=c++17 -fno-rtti -fPIC -shared -isystem "$(llvm-config-19 --includedir)" \
    ci/lib/own_code.cpp -o "$plugin"
}

# Only what clang-tidy reads of a build is made: the list of compile commands.
tidy_native() {
  build=$build/native
  run_cmake --preset clang -DSTRAIT_BUILD_FUZZERS=ON
  tidy '/(src|tests|examples|tools)/'
}

# The portable sources were just looked at.
tidy_windows() {
  build=$build/windows
  configure_with_sources run_cmake --preset mingw
  tidy '/(src|tests|tests/support)/win32/' -extra-arg=--target=x86_64-w64-mingw32
}

# tidy PATTERN ARGUMENT...: the sources of this project whose path matches.
tidy() {
  local pattern=$1
  shift
  python3 ci/lib/tidy.py "$build" "^$root$pattern" "$cache/tidy" "$plugin" "$@"
}
