# Windows build with zig's clang and libc++, stopping at undefined behaviour, run under Wine
packages='npm wine wine64 iproute2'
tools='npm wine flock ninja'

run() {
  scale 0.01
  configure_zig x86_64-windows-gnu -DSTRAIT_SANITIZE=undefined
  build
  ctest=ci/wine-ctest.sh run_tests
}
