#!/usr/bin/env bash
# Counts the instructions of one read and one write of ready data, over those of the bare system
# call wrapper in the same program. Fails if they are more than they may be.
#
#     tests/bench/instructions.sh <build directory>
#
# The build needs -DSTRAIT_BUILD_BENCHMARKS=ON and optimisation; callgrind does the counting.
set -euo pipefail

build=${1:?usage: instructions.sh <build directory>}
program=$build/tests/bench/strait_read_loop
limit=60

# The instructions of a whole run.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" "$3" 2>&1 |
    sed -n 's/.*Collected : *//p'
}

# Of one call, in tenths: a long run less a short one, so that start and end do not count.
per_call() {
  local short long
  short=$(count "$1" "$2" 1000)
  long=$(count "$1" "$2" 11000)
  echo $(((long - short) / 1000))
}

in_tenths() {
  echo "$(($1 / 10)).$(($1 % 10))"
}

command -v valgrind >/dev/null || { echo "valgrind is not installed" >&2; exit 1; }
[ -x "$program" ] || { echo "$program is not built" >&2; exit 1; }

failed=0
printf '%-24s %10s %10s %12s\n' 'instructions of a' bare strait 'over bare'
for call in read write; do
  bare=$(per_call bare $call)
  for how in strait deadline; do
    all=$(per_call $how $call)
    over=$((all - bare))
    name=$call
    [ $how = strait ] || name="$call with a deadline"
    printf '%-24s %10s %10s %12s\n' "$name" \
      "$(in_tenths "$bare")" "$(in_tenths "$all")" "$(in_tenths $over)"
    # A deadline reads the clock; what is promised is the plain call.
    if [ $how = strait ] && [ $over -gt $((limit * 10)) ]; then failed=1; fi
  done
done
[ $failed = 0 ] || echo "more than $limit instructions over the bare call" >&2
exit $failed
