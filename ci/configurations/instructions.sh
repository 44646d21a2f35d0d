# instructions each call costs over the bare system call, counted by callgrind
packages='valgrind'
tools='g++ valgrind ninja'

run() {
  configure --preset release -DCMAKE_CXX_COMPILER=g++ -DSTRAIT_BUILD_BENCHMARKS=ON
  build --target tests/bench/all
  check 'instructions of a call' tests/bench/instructions.sh "$build"
}
