# What every script in ci/ starts with. Source it from the project's folder.
# These files keep to what bash 3.2 knows, because that is what macOS has.

root=$PWD
cache=${STRAIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/strait}
mkdir -p "$cache"

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  MINGW* | MSYS*) system=windows ;;
  *) system=other ;;
esac
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

say() { printf '%s\n' "$*"; }
die() {
  printf '%s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# with_lock NAME COMMAND...: two runs at once share the cache, so each thing in it is made by one.
with_lock() {
  local name=$1
  shift
  if ! have flock; then
    "$@"
    return
  fi
  (
    flock 9
    "$@" 9>&-
  ) 9>"$cache/$name.lock"
}

# once NAME COMMAND...: makes the folder $cache/NAME unless it is there. The command is given a
# folder to fill, which takes its name only when it is complete.
once() {
  [ -e "$cache/$1" ] || with_lock "$1" fill_folder "$@"
}

fill_folder() {
  local folder=$cache/$1
  shift
  [ -e "$folder" ] && return
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  "$@" "$folder.new" || return
  mv "$folder.new" "$folder"
}
