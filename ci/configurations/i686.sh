# 32-bit x86 Linux
packages='g++-i686-linux-gnu'
tools='i686-linux-gnu-g++ ninja'

run() {
  scale 0.05
  configure_cross i686
  build
  run_tests
}
