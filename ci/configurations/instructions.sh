# instructions each call costs over the bare system call, counted by callgrind
packages='valgrind'
tools='valgrind ninja'

run() {
  configure --preset release -DCMAKE_CXX_COMPILER=g++ -DSTRAIT_BUILD_BENCHMARKS=ON
  build
  if [ ! -x tests/bench/instructions.sh ]; then
    record skipped instructions 'tests/bench/instructions.sh is not there yet'
    return
  fi
  check instructions tests/bench/instructions.sh "$build"
}
