# macOS on Apple silicon: compiled and linked with zig
packages='npm'
tools='npm ninja'

run() {
  configure_zig aarch64-macos.14.4
  build_all
}
