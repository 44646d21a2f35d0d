# 32-bit x86 Linux
packages='g++-i686-linux-gnu'
tools='i686-linux-gnu-g++ g++ ninja'

run() {
  scale 0.05
  configure_cross i686
  build
  build_others
  run_tests
}

# Programs of 64 bits, which those of 32 share memory with.
build_others() {
  (
    build=$build/x86_64
    configure --preset release -DCMAKE_CXX_COMPILER=g++
    build --target strait_tests
  )
  export STRAIT_OTHER_TESTS=$build/x86_64/tests/strait_tests
}
