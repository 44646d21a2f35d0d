# macOS on Intel: compiled and linked with zig
packages='npm'
tools='npm ninja'

run() {
  configure_zig x86_64-macos.14.4
  build_all
}
