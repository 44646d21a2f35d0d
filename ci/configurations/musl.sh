# Linux with musl instead of glibc, built with zig
packages='npm'
tools='npm ninja'

run() {
  scale 0.05
  configure_zig x86_64-linux-musl -DCMAKE_EXE_LINKER_FLAGS=-static
  build
  run_tests
}
