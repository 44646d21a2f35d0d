#!/usr/bin/env bash
# Builds the tour and runs it: processes talk over every mechanism there is. What building needs is
# installed first (Debian and Ubuntu, as root or with sudo) or named.
set -euo pipefail
cd "$(dirname "$0")/.."
logs=$PWD/build/logs
mkdir -p "$logs"
for part in ci/lib/*.sh; do . "$part"; done

build=$root/build/tour
options='-DSTRAIT_BUILD_TESTS=OFF -DSTRAIT_BUILD_EXAMPLES=OFF -DSTRAIT_INSTALL=OFF'

# shellcheck disable=SC2086  # a list of words
build_tour() {
  if [ "$system" = windows ]; then
    run_cmake $options && build --config Release --target strait_tour
  else
    configure --preset release $options && build --target strait_tour
  fi
}

install_packages cmake ninja-build g++ libfmt-dev ca-certificates
say 'building the tour'
build_tour >"$logs/tour.log" 2>&1 || { cat "$logs/tour.log" && die 'the tour could not be built'; }
tour=$(find "$build/tools" -type f \( -name strait_tour -o -name strait_tour.exe \))
exec "$tour" "$@"
