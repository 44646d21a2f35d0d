# every fuzzer, over its corpus and for some seconds (--long: a minute), with clang 19
packages='clang-19 libclang-rt-19-dev'
tools='clang++-19 ninja'

run() {
  local source fuzzer
  if [ -n "$long" ]; then seconds=60; else seconds=5; fi
  configure --preset fuzz
  build
  for source in tests/fuzz/*_fuzz.cpp; do
    fuzzer=$(basename "$source" _fuzz.cpp)
    check "$fuzzer: its corpus" fuzz "$fuzzer" -runs=0 "tests/fuzz/corpus/$fuzzer"
    check "$fuzzer: $seconds seconds" fuzz_on "$fuzzer"
  done
}

# fuzz NAME ARGUMENT...: an input that fails is left in $build.
fuzz() {
  local name=$1
  shift
  "$build/tests/fuzz/${name}_fuzz" -timeout=10 -rss_limit_mb=1024 -artifact_prefix="$build/$name-" \
    -print_final_stats=1 "$@"
}

# Goes on from what earlier runs found, which stays in $build.
fuzz_on() {
  mkdir -p "$build/corpus/$1"
  fuzz "$1" -max_total_time=$seconds "$build/corpus/$1" "tests/fuzz/corpus/$1"
}
