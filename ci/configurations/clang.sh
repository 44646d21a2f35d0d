# debug build with clang 19
packages='clang-19'
tools='clang++-19 ninja'

run() {
  scale 0.05
  configure --preset clang
  build
  run_tests
}
