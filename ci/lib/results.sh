# What a configuration found out. Each of its tests is one line in $results:
#   passed|failed|skipped <tab> name <tab> why it was skipped

record() { printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$results"; }

# check NAME COMMAND...: a test that is a command. The configuration goes on when it fails.
# The command runs in a shell of its own, which stops at its first error.
check() {
  local name=$1 status=0
  shift
  say "== $name"
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  if [ $status = 0 ]; then
    record passed "$name"
  else
    say "== FAILED: $name"
    record failed "$name"
  fi
}

count() { awk -F '\t' -v kind="$1" '$1 == kind { n++ } END { print n + 0 }' "$2"; }

# print_table FOLDER NAME...: one row for each configuration that left NAME.results in the folder.
print_table() {
  local folder=$1
  shift
  printf '\n%-14s %7s %7s %8s %8s\n' configuration passed failed skipped minutes
  for name in "$@"; do
    printf '%-14s %7d %7d %8d %8s\n' "$name" \
      "$(count passed "$folder/$name.results")" "$(count failed "$folder/$name.results")" \
      "$(count skipped "$folder/$name.results")" "$(cat "$folder/$name.minutes")"
  done
}

# print_skips FOLDER NAME...: why, how often and where.
print_skips() {
  local folder=$1
  shift
  for name in "$@"; do
    awk -F '\t' -v name="$name" '$1 == "skipped" { print $3 "\t" name }' "$folder/$name.results"
  done | sort | uniq -c | awk -F '\t' '
    { split($1, first, /^ *[0-9]+ /); count = $1 + 0; reason = first[2] }
    { where[reason] = where[reason] (where[reason] ? ", " : "") $2 " " count }
    END { for (reason in where) printf "  %s (%s)\n", reason, where[reason] }' | sort |
    awk 'NR == 1 { print "\nskipped because" } { print }'
}
