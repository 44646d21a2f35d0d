# release build with gcc; every public header on its own; install
packages='socat strace curl iproute2'
tools='g++ ninja'

run() {
  if [ -n "$long" ]; then scale 1; else scale 0.05; fi
  configure --preset release -DCMAKE_CXX_COMPILER=g++ -DCMAKE_INSTALL_PREFIX="$build/installed"
  build
  run_tests
  check 'every public header compiles on its own' build --target all_verify_interface_header_sets
  check 'install' cmake --install "$build"
}
