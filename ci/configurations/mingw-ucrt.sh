# Windows build with mingw-w64 for the newer C run-time, run under Wine (Debian 13 and newer)
packages='g++-mingw-w64-ucrt64 wine wine64 iproute2'
tools='x86_64-w64-mingw32ucrt-g++ wine flock ninja'

run() {
  scale 0.01
  configure_with_sources configure --preset mingw -DSTRAIT_MINGW=x86_64-w64-mingw32ucrt
  build
  ctest=ci/wine-ctest.sh run_tests
}
