# thread sanitizer, with gcc
packages=''
tools='g++ ninja'

run() {
  scale 0.01
  configure --preset tsan -DCMAKE_CXX_COMPILER=g++
  build
  ctest=$(ctest_without_surprises) run_tests
}

# gcc's thread sanitizer does not know where things are on kernels that scatter them wider.
ctest_without_surprises() {
  if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -gt 28 ]; then
    say setarch -R ctest
  else
    say ctest
  fi
}
