#!/usr/bin/env bash
# Tests strait: see --help. Each configuration is a file in ci/configurations.
set -euo pipefail
cd "$(dirname "$0")/.."
logs=$PWD/build/logs
mkdir -p "$logs"
. ci/lib/common.sh
. ci/lib/packages.sh
. ci/lib/results.sh

matrix='layout format gcc-release clang asan tsan fuzz mingw arm64 macos-arm64 package tidy'
matrix="$matrix instructions"
long_matrix='i686 musl s390x linux-5.10 macos-x86_64 freebsd windows-zig debian13'
if [ $system = linux ]; then
  native=gcc-release
else
  native=native
fi

help() {
  cat <<TEXT
usage: ci/test.sh [--all] [--long] [--only NAME]... [--skip NAME]... [--list] [--help]

Builds strait and runs its tests; without an option, in a release build for this system.
What is needed is installed first (Debian and Ubuntu, as root or with sudo) or named.

  --all        every configuration of the usual matrix, on Debian or Ubuntu
  --long       the tests' loops in full length, and the configurations that take longer
  --only NAME  this configuration, whatever the other options say; may be repeated
  --skip NAME  without this configuration; may be repeated
  --list       say what configurations there are

Logs: build/logs/NAME.log. STRAIT_CACHE names the folder for what is downloaded and may be used
again; STRAIT_TEST_SCALE=0.1 shortens the tests' loops to a tenth.
TEXT
}

list() {
  local name
  for name in $matrix $long_matrix; do
    printf '%-14s %s\n' "$name" "$(sed -n '1s/^# //p' "ci/configurations/$name.sh")"
  done
}

needs_value() { [ $# -ge 2 ] || die "ci/test.sh: $1 needs the name of a configuration"; }
must_exist() {
  [ -f "ci/configurations/$1.sh" ] || die "ci/test.sh: no configuration is called '$1'; see --list"
}

read_options() {
  all='' long='' only='' skip=''
  while [ $# -gt 0 ]; do
    case $1 in
      --all) all=1 ;;
      --long) long=1 ;;
      --only) needs_value "$@" && must_exist "$2" && only="$only $2" && shift ;;
      --skip) needs_value "$@" && must_exist "$2" && skip="$skip $2" && shift ;;
      --list) list && exit ;;
      --help | -h) help && exit ;;
      *) die "ci/test.sh: unknown option '$1'; see --help" ;;
    esac
    shift
  done
}

choose() {
  local wanted=$native name
  [ -z "$all" ] || wanted=$matrix
  [ -z "$long" ] || wanted="$wanted $long_matrix"
  [ -z "$only" ] || wanted=$only
  chosen=''
  for name in $wanted; do
    case " $skip " in
      *" $name "*) ;;
      *) chosen="$chosen $name" ;;
    esac
  done
  [ -n "$chosen" ] || die 'ci/test.sh: every configuration is skipped'
}

packages_of_chosen() {
  local name
  for name in $chosen; do
    (. "ci/configurations/$name.sh" && say "$packages")
  done
}

missing_tools() {
  local tool
  for tool in $tools; do
    have "$tool" || say "$tool"
  done
}

# Runs one configuration in a shell of its own; true if it could be run to its end.
run_configuration() {
  (
    set -e
    for part in ci/lib/*.sh; do . "$part"; done
    name=$1 build=$root/build/ci/$1 results=$logs/$1.results
    . "ci/configurations/$name.sh"
    missing=$(missing_tools)
    [ -z "$missing" ] || die "missing:" $missing "(Debian packages: $packages; or use --skip $name)"
    mkdir -p "$build"
    run
  ) >"$logs/$1.log" 2>&1
}

# Measures, and makes sure that what went wrong is counted and seen.
report_configuration() {
  local name=$1 begin=$SECONDS status=0
  : >"$logs/$name.results"
  printf '%-14s ' "$name"
  set +e
  run_configuration "$name"
  status=$?
  set -e
  minutes=$(awk -v s=$((SECONDS - begin)) 'BEGIN { printf "%.1f", s / 60 }')
  echo "$minutes" >"$logs/$name.minutes"
  if [ $status != 0 ]; then
    printf 'failed\tthe configuration could not be run to its end\n' >>"$logs/$name.results"
  fi
  if [ "$(count failed "$logs/$name.results")" = 0 ]; then
    say "ok ($minutes min)"
  else
    say "FAILED ($minutes min), the end of build/logs/$name.log:"
    tail -n "${STRAIT_TAIL:-60}" "$logs/$name.log" | sed 's/^/  | /'
    grep '^failed' "$logs/$name.results" | cut -f 2 | sed 's/^/  failed: /'
  fi
}

total() {
  local name
  for name in $chosen; do cat "$logs/$name.results"; done | count "$1" /dev/stdin
}

read_options "$@"
choose
# shellcheck disable=SC2046,SC2086  # lists of words
install_packages $base_packages $(packages_of_chosen)

for name in $chosen; do
  report_configuration "$name"
done
print_table "$logs" $chosen
print_skips "$logs" $chosen
say ''
[ -z "$skip" ] || say "configurations not run:$skip"
say "minutes in all: $((SECONDS / 60))"
say "$(total passed) passed, $(total failed) failed, $(total skipped) skipped"
[ "$(total failed)" = 0 ]
