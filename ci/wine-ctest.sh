#!/usr/bin/env bash
# ctest for tests that run under Wine: takes ctest's arguments. Where root may do so, the tests see
# no network but the loopback.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

cache=${STRAIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/strait}
export STRAIT_WINEPREFIX=${STRAIT_WINEPREFIX:-$cache/wine}
mkdir -p "$STRAIT_WINEPREFIX"

if [ -z "${STRAIT_ALONE:-}" ]; then
  # Programs under Wine share a server for each prefix, so two runs at once take turns.
  exec 9>"$STRAIT_WINEPREFIX/in-use"
  flock 9
  export STRAIT_ALONE=1
  if unshare --net ip link set lo up 2>/dev/null; then
    exec unshare --net "$0" "$@"
  fi
fi

ip link set lo up 2>/dev/null || true
# The server and the services that start here with their output closed would otherwise keep the
# output of the first test open, and ctest waiting.
"$here/wine.sh" wineboot </dev/null >/dev/null 2>&1 9>&-
status=0
ctest "$@" 9>&- || status=$?
WINEPREFIX=$STRAIT_WINEPREFIX wineserver -k || true
exit $status
