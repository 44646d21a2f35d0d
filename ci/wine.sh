#!/usr/bin/env bash
# Runs a Windows program under Wine: headless, quiet, in a prefix of its own that says Windows 10.
set -euo pipefail

cache=${STRAIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/strait}
export WINEPREFIX=${STRAIT_WINEPREFIX:-$cache/wine}
export WINEDEBUG=${WINEDEBUG:--all}
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
unset DISPLAY WAYLAND_DISPLAY

make_prefix() {
  mkdir -p "$WINEPREFIX"
  (
    flock 9
    [ -f "$WINEPREFIX/ready" ] && exit
    # A fresh prefix of Wine 8 calls itself Windows 7. The server that starts here outlives this
    # script and would keep its output open.
    wineboot -i &&
      wine winecfg -v win10 &&
      touch "$WINEPREFIX/ready"
  ) 9>"$WINEPREFIX/lock" </dev/null >/dev/null 2>&1
}

[ -f "$WINEPREFIX/ready" ] || make_prefix

# Wine's console host may outlive a program that was killed at its birth, and would keep our output
# open for as long, and whoever reads it waiting. So it only gets a file.
output=$(mktemp)
trap 'rm -f "$output"' EXIT
wine "$@" <&0 >"$output" 2>&1 &
tail --pid=$! --sleep-interval=0.02 --lines=+1 --follow "$output" 2>/dev/null
wait $!
