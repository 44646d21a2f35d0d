# Windows build with mingw-w64, run under Wine
packages='g++-mingw-w64-x86-64-posix wine wine64 iproute2'
tools='x86_64-w64-mingw32-g++-posix wine flock ninja'

run() {
  scale 0.01
  configure_with_sources configure --preset mingw
  build
  ctest=ci/wine-ctest.sh run_tests
}
