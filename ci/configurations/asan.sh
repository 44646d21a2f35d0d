# address and undefined-behaviour sanitizers, with gcc
packages=''
tools='g++ ninja'

run() {
  scale 0.01
  export UBSAN_OPTIONS=print_stacktrace=1
  configure --preset asan -DCMAKE_CXX_COMPILER=g++
  build
  run_tests
}
