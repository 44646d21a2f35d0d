# Debian 13: gcc 14, Catch2 3, newer libuv and fmt; UCRT mingw with Wine 10
packages='debootstrap debian-archive-keyring'
tools='debootstrap unshare chroot'

run() {
  install_debian13
  in_debian13 "$build" ci/test.sh --only gcc-release --only mingw-ucrt || true
  cat "$build"/logs/gcc-release.log "$build"/logs/mingw-ucrt.log
  cat "$build"/logs/gcc-release.results "$build"/logs/mingw-ucrt.results >>"$results"
}
