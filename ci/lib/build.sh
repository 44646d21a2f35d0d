# Configuring, building and running the tests of one configuration in $build.

# configure ARGUMENT...: arguments as for cmake, usually a preset or a toolchain file.
configure() {
  if have ccache && [ "$system" = linux ]; then
    use_ccache
    set -- "$@" -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
  run_cmake "$@"
}

# The same without ccache, which does not know every compiler.
run_cmake() { cmake "$@" -S "$root" -B "$build"; }

use_ccache() {
  export CCACHE_DIR=$cache/ccache CCACHE_MAXSIZE=5G
  # Objects are shared between checkouts: their folder is no part of what is compiled.
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
}

build() { cmake --build "$build" --parallel "$jobs" "$@"; }

# run_tests [ARGUMENT...]: all tests that ctest knows, into $results. $ctest may be another command
# that takes ctest's arguments.
run_tests() {
  rm -f "$build/tests.xml"
  # shellcheck disable=SC2086  # a list of words
  ${ctest:-ctest} --test-dir "$build" --output-on-failure --no-tests=error \
    --parallel "$jobs" --timeout 300 --test-output-size-passed 100000 \
    --output-junit "$build/tests.xml" "$@" || true
  [ -f "$build/tests.xml" ] || die 'ctest ran no test'
  python3 ci/lib/junit.py "$build/tests.xml" >>"$results"
}

# scale FACTOR: how much of their loop counts the tests run here, unless the caller knows better.
scale() { export STRAIT_TEST_SCALE=${STRAIT_TEST_SCALE:-$1}; }

# configure_cross MACHINE ARGUMENT...: for one of the machines in ci/toolchains.
configure_cross() {
  local machine=$1
  shift
  configure_with_sources configure -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_TOOLCHAIN_FILE="$root/ci/toolchains/$machine.cmake" "$@"
}

# build_all: for a system whose programs cannot run here, that everything compiles and links.
build_all() {
  check 'library compiles' build --target strait
  check 'everything compiles and links' build
}

# test_programs: the programs to copy to another machine, which has no ctest.
test_programs() {
  find "$build/tests" "$build/examples" -maxdepth 1 -type f -perm -u+x
}
