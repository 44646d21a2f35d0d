# FreeBSD: compiled and linked with zig
packages='npm'
tools='npm ninja'

run() {
  configure_zig x86_64-freebsd
  build_all
}
