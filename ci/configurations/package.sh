# strait as others get it: installed or as a folder, static and shared; what the libraries show
packages='binutils'
tools='g++ ninja pkg-config nm'

run() {
  local kind
  for kind in static shared; do
    prefix=$build/$kind/prefix
    check "install, $kind" install_strait $kind
    check "find_package, $kind" try_consumer $kind found -DCMAKE_PREFIX_PATH="$prefix"
    check "add_subdirectory, $kind" try_consumer $kind subdirectory -DSTRAIT_FOLDER="$root" \
      -DBUILD_SHARED_LIBS="$(is_shared $kind)"
    check "pkg-config, $kind" try_pkg_config $kind
  done
  check 'the shared library shows nothing but strait' only_strait_is_exported
  check 'the library knows nothing of libuv' no_libuv
  check 'compiles without exceptions and RTTI' without_exceptions
}

is_shared() { if [ "$1" = shared ]; then echo ON; else echo OFF; fi; }

# build_in FOLDER SOURCE ARGUMENT...
build_in() {
  local build=$1 root=$2
  shift 2
  configure -G Ninja -DCMAKE_BUILD_TYPE=Release "$@"
  build
}

install_strait() {
  rm -rf "$prefix"
  build_in "$build/$1/strait" "$root" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
    -DBUILD_SHARED_LIBS="$(is_shared "$1")" -DSTRAIT_BUILD_TESTS=OFF -DSTRAIT_BUILD_EXAMPLES=OFF \
    -DSTRAIT_BUILD_TOOLS=OFF
  cmake --install "$build/$1/strait"
}

# try_consumer KIND HOW ARGUMENT...: the project in tests/package, copied out of our tree.
try_consumer() {
  local folder=$build/$1/$2
  shift 2
  rm -rf "$folder" "$folder-source"
  cp -R tests/package "$folder-source"
  build_in "$folder" "$folder-source" "$@"
  ctest --test-dir "$folder" --output-on-failure --no-tests=error
}

try_pkg_config() {
  local program=$build/$1/with_pkg_config
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
  # shellcheck disable=SC2046  # a list of words
  g++ -std=c++23 tests/package/consumer.cpp -o "$program" $(pkg-config --cflags --libs strait)
  "$program"
}

only_strait_is_exported() {
  nm --dynamic --defined-only "$build/shared/prefix/lib/libstrait.so" | awk '{ print $3 }' |
    tee "$build/exported"
  grep -q . "$build/exported"
  # Mangled names, of which every one must name the namespace first: functions and variables,
  # members that are const, and the tables that belong to a class.
  ! grep -Ev '^(_ZN6strait|_ZNK6strait|_ZT[VTIS]N6strait|_ZGVN6strait)' "$build/exported"
}

no_libuv() {
  nm -A "$build/static/prefix/lib/libstrait.a" "$build/shared/prefix/lib/libstrait.so" \
    >"$build/symbols"
  ! grep -E '[^a-z_]uv_' "$build/symbols"
}

without_exceptions() {
  local flags='-fno-exceptions -fno-rtti'
  build_in "$build/bare" "$root" -DCMAKE_CXX_FLAGS="$flags" -DSTRAIT_BUILD_TESTS=OFF \
    -DSTRAIT_BUILD_EXAMPLES=OFF -DSTRAIT_BUILD_TOOLS=OFF
  # shellcheck disable=SC2086  # a list of words
  g++ -std=c++23 $flags -Iinclude tests/package/no_exceptions.cpp -o "$build/no_exceptions" \
    "$build"/bare/src/libstrait.a
  "$build/no_exceptions"
}
