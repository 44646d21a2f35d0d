# thread sanitizer, with clang 19: gcc 12's loses a signal that comes just before a poll
packages='clang-19'
tools='clang++-19 ninja'

run() {
  scale 0.01
  configure --preset tsan -DCMAKE_CXX_COMPILER=clang++-19
  build
  run_tests
}
